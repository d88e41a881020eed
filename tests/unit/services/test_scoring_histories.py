"""Scores under everything that can happen to their steps: one score, one event.

A step dies or hears nothing at any of its calls, before the call has landed or after; one that had
not landed may do so while a later attempt runs, or when the task has ended. Meanwhile the circuit
opens and deployments fail, so that a score made anew would be another one.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from tests.fakes.overview import MemoryOverview
from tests.unit.services.mortal import Death, Died, Life, Mortal, deaths
from tests.unit.services.scored import RiskBench, RiskMachine

CALLS = 7
"""Claim, intent, history, circuit, the score in the task, on the intent, the end."""


@dataclass
class Meanwhile:
    """Makes the facts worse from attempt to attempt."""

    bench: RiskBench

    def __call__(self) -> None:
        self.bench.circuits.stands("intune", state="open")
        self.bench.deployed(Status.FAILED)


def one_attempt(bench: RiskBench, machine: RiskMachine, death: Death) -> Life:
    """Let an attempt live until its death."""
    life = Life(death)
    mortal = bench.scoring(
        executions=Mortal(bench.executions, life),
        intents=Mortal(bench.intents, life),
        history=Mortal(bench.history, life),
        circuits=Mortal(MemoryOverview(bench.circuits), life),
    )
    try:
        machine.score(mortal)
    except (Died, StorageUnavailableError):
        machine.retry()
    return life


def assert_one_score(bench: RiskBench, machine: RiskMachine) -> None:
    assert machine.now.status is Status.SUCCESS
    assert bench.trail == ["RISK_SCORE_CALCULATED"]
    (scored,) = bench.intents.scores
    assert bench.intent.scored == scored
    assert machine.now.result == {
        "intent_id": bench.intent_id,
        **scored.score.to_json(),
        "at": scored.at.isoformat(),
    }


@pytest.mark.parametrize("calls", range(CALLS))
@pytest.mark.parametrize("landed", [True, False])
def test__score__dies_at_each_call__one_score_one_event(calls: int, landed: bool) -> None:
    bench = RiskBench()
    machine = bench.accept()
    one_attempt(bench, machine, Death(calls, landed, Died(), wakes=False))
    assert machine.retry_count == 1
    Meanwhile(bench)()
    machine.run()
    assert_one_score(bench, machine)


def test__score__makes_seven_calls() -> None:
    bench = RiskBench()
    machine = bench.accept()
    life = one_attempt(bench, machine, Death(99, True, Died(), wakes=False))
    assert life.calls == CALLS
    assert_one_score(bench, machine)


@settings(max_examples=300, deadline=None)
@given(deaths=st.lists(deaths(CALLS), max_size=5))
def test__score__whatever_happens__one_score_one_event(deaths: list[Death]) -> None:
    bench = RiskBench()
    machine = bench.accept()
    late = []
    for death in deaths:
        if machine.ended:
            break
        life = one_attempt(bench, machine, death)
        Meanwhile(bench)()
        if death.wakes:
            life.wake()
        else:
            late.append(life)
    machine.run()
    for life in late:
        life.wake()
    assert_one_score(bench, machine)

"""A score: what it is made from, where it is written, and how it ends."""

from datetime import timedelta

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.progress import Next
from breakwater.domain.risk_levels import Level
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from breakwater.resilience.circuit import Mode
from tests.fakes.tasks import NOW
from tests.unit.services.scored import RiskBench, RiskMachine


@pytest.fixture
def bench() -> RiskBench:
    return RiskBench()


def reasons(machine: RiskMachine) -> dict[str, str]:
    result = machine.now.result or {}
    return {one["factor"]: one["reason"] for one in result["factors"]}


def test__score__is_written_on_the_intent_and_ends_with_its_event(bench: RiskBench) -> None:
    machine = bench.accept()

    assert machine.score().next is Next.SUCCEED

    # 40 devices 3, pilot 2, standard 5, system 7, vendor 2, staging 3, tested 2, no window 5,
    # never deployed 3.
    scored = bench.intent.scored
    assert scored is not None
    assert (scored.score.score, scored.score.level) == (32, Level.MODERATE)
    assert (scored.task_id, scored.at) == (machine.task.task_id, NOW)
    assert bench.intent.revision == 1
    assert machine.now.status is Status.SUCCESS
    assert machine.now.result == {
        "intent_id": bench.intent_id,
        **scored.score.to_json(),
        "at": NOW.isoformat(),
    }
    assert bench.trail == ["RISK_SCORE_CALCULATED"]
    (event,) = bench.executions.events
    assert event.data["intent_id"] == bench.intent_id
    assert event.data["result"] == machine.now.result


def test__score__knows_how_past_deployments_have_ended(bench: RiskBench) -> None:
    for status in (Status.SUCCESS, Status.FAILED, Status.UNKNOWN, Status.SUCCESS):
        bench.deployed(status)
    machine = bench.accept()
    machine.run()
    assert reasons(machine)["past_failures"] == "2 of the last 4 deployments failed"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "the connector's circuit is closed"),
        ({"state": "open", "retry_at": NOW.timestamp() + 60}, "the connector's circuit is open"),
        ({"state": "half-open"}, "the connector's circuit is half-open"),
    ],
)
def test__score__knows_the_connector_s_circuit(
    bench: RiskBench, values: dict[str, object], reason: str
) -> None:
    bench.circuits.stands("intune", **values)
    machine = bench.accept()
    machine.run()
    assert reasons(machine)["connector"] == reason


@pytest.mark.parametrize(
    ("mode", "seconds", "reason"),
    [
        (Mode.FORCED_OPEN, 60, "the connector's circuit is open"),
        (Mode.FORCED_CLOSED, 60, "the connector's circuit is forced closed: unguarded"),
        (Mode.FORCED_CLOSED, -1, "the connector's circuit is closed"),
    ],
)
def test__score__an_override_decides_while_it_holds(
    bench: RiskBench, mode: Mode, seconds: int, reason: str
) -> None:
    bench.circuits.is_forced("intune", mode, until=NOW.timestamp() + seconds)
    machine = bench.accept()
    machine.run()
    assert reasons(machine)["connector"] == reason


@pytest.mark.parametrize(
    ("ends_in", "reason"),
    [
        (1, "inside or ahead of an agreed change window"),
        (0, "the agreed change window is over"),
    ],
)
def test__score__a_change_window_holds_until_its_end(ends_in: int, reason: str) -> None:
    window = {
        "starts_at": (NOW - timedelta(hours=1)).isoformat(),
        "ends_at": (NOW + timedelta(seconds=ends_in)).isoformat(),
    }
    machine = RiskBench(statement={"change_window": window}).accept()
    machine.run()
    assert reasons(machine)["change_window"] == reason


def test__score__again__the_later_task_s_stands(bench: RiskBench) -> None:
    first = bench.accept()
    first.run()
    bench.clock.advance(5)
    bench.circuits.stands("intune", state="open")
    second = bench.accept()
    second.run()

    assert bench.intent.scored is not None
    assert bench.intent.scored.task_id == second.task.task_id
    assert bench.intent.revision == 2
    assert bench.trail == ["RISK_SCORE_CALCULATED"] * 2


def test__score__asked_for_earlier_and_made_later__says_by_what_it_is_superseded(
    bench: RiskBench,
) -> None:
    early = bench.accept()
    bench.clock.advance(5)
    late = bench.accept()
    late.run()
    early.run()

    assert bench.intent.scored is not None
    assert bench.intent.scored.task_id == late.task.task_id
    assert (early.now.result or {})["superseded_by"] == late.task.task_id
    assert early.now.status is Status.SUCCESS


def test__score__no_such_intent__fails_at_once(bench: RiskBench) -> None:
    machine = bench.accept("6f1c1f5e-0000-4000-8000-000000000000")

    assert machine.score().next is Next.FAIL
    assert machine.now.status is Status.FAILED
    assert machine.now.problem is not None
    assert machine.now.problem.type == "PermanentError"
    assert bench.trail == ["RISK_SCORE_FAILED"]


def test__score__storage_does_not_answer__fails_after_the_third_try(bench: RiskBench) -> None:
    bench.circuits.error = StorageUnavailableError("no answer")
    machine = bench.accept()
    machine.run()

    assert machine.now.status is Status.FAILED
    assert bench.intent.scored is None
    assert bench.trail == ["RISK_SCORE_FAILED"]


def test__score__past_its_deadline__fails_and_writes_nothing_on_the_intent(
    bench: RiskBench,
) -> None:
    machine = bench.accept()
    bench.clock.advance(3601)
    machine.run()

    assert machine.now.problem is not None
    assert machine.now.problem.type == "DeadlineExceededError"
    assert (bench.intent.scored, bench.intent.revision) == (None, 0)
    assert bench.trail == ["RISK_SCORE_FAILED"]


def test__score__of_a_cancelled_task__changes_nothing(bench: RiskBench) -> None:
    machine = bench.accept()
    bench.executions.end(
        machine.now, Outcome(status=Status.CANCELLED), now=NOW, expires_at=NOW + timedelta(days=1)
    )

    assert machine.score().next is Next.FAIL
    assert (bench.intent.scored, bench.trail) == (None, [])

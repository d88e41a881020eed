"""What each write changes, and what it leaves alone. (Contract tests: when it may.)"""

from typing import Any

import pytest

from breakwater.resilience import intents
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.resilience.intent import Check, Op
from breakwater.resilience.intents import AUTOMATIC
from breakwater.resilience.store import (
    DEFAULTS,
    MemoryBreakerStore,
    applied,
    fits,
    holds,
    to_circuit,
    values_of,
)
from tests.fakes.circuits import BEFORE, INTENTS, ME, NOW, SERVICE, SETTINGS, circuit_of

TRANSITIONS = {
    "trip": (State.CLOSED, State.OPEN),
    "claim": (State.OPEN, State.HALF_OPEN),
    "close": (State.HALF_OPEN, State.CLOSED),
    "reopen": (State.HALF_OPEN, State.OPEN),
}
OPERATORS = {"override", "to_automatic"}
OVERRIDE = {name for name in DEFAULTS if name.startswith("override_")}


def after(name: str) -> Circuit:
    return circuit_of(applied(INTENTS[name], BEFORE[name]))


@pytest.mark.parametrize("name", TRANSITIONS)
def test__transition__begins_a_generation_and_is_recorded(name: str) -> None:
    before, circuit = circuit_of(BEFORE[name]), after(name)
    assert (before.state, circuit.state) == TRANSITIONS[name]
    assert circuit.generation == before.generation + 1
    change = INTENTS[name].change
    assert change is not None
    assert (change.type, State(change.old), State(change.new), change.at) == (
        "CIRCUIT_STATE_CHANGED",
        *TRANSITIONS[name],
        NOW,
    )


@pytest.mark.parametrize("name", sorted(set(INTENTS) - set(TRANSITIONS) - OPERATORS))
def test__no_transition__keeps_state_and_generation_and_records_nothing(name: str) -> None:
    before, circuit = circuit_of(BEFORE[name]), after(name)
    assert (circuit.state, circuit.generation) == (before.state, before.generation)
    assert INTENTS[name].change is None


@pytest.mark.parametrize("name", sorted(set(INTENTS) - OPERATORS))
def test__by_callers__never_under_an_override_and_never_on_one(name: str) -> None:
    intent = INTENTS[name]
    assert AUTOMATIC in intent.checks
    # A prober's name is used once, so that it stands for its generation; and a run's beginning
    # stands for the run.
    of_now = {("generation", Op.IS), ("probe_owner", Op.IS), ("run_began_at", Op.BELOW)}
    assert of_now & {(check.attribute, check.op) for check in intent.checks}
    assert not OVERRIDE & {*intent.put, *intent.add}


@pytest.mark.parametrize("name", INTENTS)
def test__every_write__says_when(name: str) -> None:
    assert after(name).updated_at == NOW


def test__join_run__adds_and_does_not_begin() -> None:
    circuit = after("join_run")
    assert (circuit.failures, circuit.last_failure_at) == (7, NOW)
    assert circuit.run_began_at == BEFORE["join_run"]["run_began_at"]


def test__begin_run__counts_from_its_own_first() -> None:
    circuit = after("begin_run")
    assert (circuit.failures, circuit.run_began_at, circuit.last_failure_at) == (2, NOW - 3, NOW)


def test__trip__opens_for_the_reset_timeout_with_jitter() -> None:
    circuit = after("trip")
    assert (circuit.opened_at, circuit.reopens) == (NOW, 0)
    assert circuit.retry_at == pytest.approx(NOW + 60 * 1.03)
    assert INTENTS["trip"].change is not None
    assert INTENTS["trip"].change.details == {"failures": 5}


@pytest.mark.parametrize("name", ["claim", "reclaim"])
def test__claim__holds_the_lease(name: str) -> None:
    circuit = after(name)
    assert (circuit.probe_owner, circuit.probe_until) == (ME, NOW + 40.5)


def test__reclaim__keeps_the_successes_so_far() -> None:
    assert (after("claim").probe_successes, after("reclaim").probe_successes) == (0, 1)


@pytest.mark.parametrize(("name", "successes"), [("prove", 2), ("release", 1)])
def test__probe_given_back__is_free_for_the_next(name: str, successes: int) -> None:
    circuit = after(name)
    assert (circuit.probe_owner, circuit.probe_until) == (None, None)
    assert circuit.probe_successes == successes


def test__close__leaves_nothing_behind() -> None:
    blank = Circuit(service=SERVICE, generation=7, updated_at=NOW)
    assert after("close") == blank
    change = INTENTS["close"].change
    assert change is not None
    assert change.details["open_seconds"] == pytest.approx(70.1)


def test__close__of_a_circuit_that_never_said_when_it_opened() -> None:
    circuit = Circuit(service=SERVICE, state=State.HALF_OPEN, probe_owner=ME)
    change = intents.close(circuit, owner=ME, now=NOW).change
    assert change is not None
    assert change.details == {"open_seconds": None}


def test__reopen__for_longer_and_since_the_beginning() -> None:
    circuit = after("reopen")
    assert (circuit.reopens, circuit.opened_at) == (2, BEFORE["reopen"]["opened_at"])
    assert circuit.retry_at == pytest.approx(NOW + 60 * 4 * 1.07)
    assert (circuit.probe_owner, circuit.probe_until, circuit.probe_successes) == (None, None, 0)


def test__end_run__forgets_it() -> None:
    circuit = after("end_run")
    assert (circuit.failures, circuit.run_began_at, circuit.last_failure_at) == (0, None, None)


@pytest.mark.parametrize(
    ("mode", "state", "retry_at"),
    [(Mode.FORCED_OPEN, State.OPEN, NOW), (Mode.FORCED_CLOSED, State.CLOSED, None)],
)
def test__to_automatic__begins_a_generation_where_the_mode_leads(
    mode: Mode, state: State, retry_at: float | None
) -> None:
    forced = circuit_of({**BEFORE["to_automatic"], "override_mode": mode.value})
    intent = intents.to_automatic(forced, reason="done", by="operator-2", now=NOW)
    circuit = circuit_of(applied(intent, values_of(forced)))
    assert circuit == Circuit(
        service=SERVICE,
        state=state,
        generation=forced.generation + 1,
        opened_at=retry_at,
        retry_at=retry_at,
        updated_at=NOW,
    )
    assert intent.change is not None
    assert (intent.change.old, intent.change.new) == (mode.value, "automatic")


def test__override__leaves_the_circuit_as_it_is() -> None:
    intent = INTENTS["override"]
    assert {*intent.put} == OVERRIDE | {"updated_at"}
    assert intent.change is not None
    assert intent.change.details == {
        "reason": "vendor says so",
        "by": "operator-1",
        "until": NOW + 40.5,
    }


def test__override__of_an_override__names_the_old_one() -> None:
    forced = circuit_of(BEFORE["to_automatic"])
    change = intents.override(
        forced, mode=Mode.FORCED_CLOSED, reason="r", by="b", until=NOW, now=NOW
    ).change
    assert change is not None
    assert (change.old, change.new) == ("forced_open", "forced_closed")


def test__join_and_begin_run__together_leave_no_gap() -> None:
    # Whatever the run, a failure of a caller who knows it fits one of the two, never both.
    for failures in (0, 1, 4):
        for began, last in ((700, 650), (700, 600), (700, 500), (20, 10), (5, 5)):
            values: dict[str, Any] = {"failures": failures, "generation": 1}
            if failures:
                values |= {"run_began_at": NOW - began, "last_failure_at": NOW - last}
            circuit = to_circuit(SERVICE, values)
            for success in (None, NOW - 300, NOW - 20, NOW - 15):
                join = intents.join_run(circuit, SETTINGS, count=1, now=NOW, last_success=success)
                begin = intents.begin_run(
                    circuit, SETTINGS, count=1, began_at=NOW, now=NOW, last_success=success
                )
                assert fits(join, values) is not fits(begin, values)


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        (Check("override_until", Op.IS, None), None, True),
        (Check("override_until", Op.IS, None), 1.0, False),
        (Check("retry_at", Op.AT_MOST, 5.0), None, False),
        (Check("failures", Op.IS, 0), None, True),
        (Check("state", Op.IS, "closed"), None, True),
        (Check("override_mode", Op.ABSENT), None, True),
        (Check("override_mode", Op.ABSENT), "forced_open", False),
    ],
)
def test__holds__absent_counts_as_the_default(check: Check, value: Any, expected: bool) -> None:
    values = {} if value is None else {check.attribute: value}
    assert holds(check, values) is expected


def test__memory_store__is_the_same_for_two_services() -> None:
    store = MemoryBreakerStore()
    store.items[SERVICE] = dict(BEFORE["trip"])
    assert store.attempt(SERVICE, INTENTS["trip"]).won
    assert store.read("jira") == Circuit(service="jira")
    assert [service for service, _ in store.changes] == [SERVICE]

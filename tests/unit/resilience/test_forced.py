"""A circuit that an operator holds: nothing counts, and it ends once."""

import pytest

from breakwater.resilience import intents
from breakwater.resilience.circuit import Mode, State
from tests.fakes.breakers import Fleet, Overtaken
from tests.fakes.circuits import SERVICE


def force(fleet: Fleet, mode: Mode, seconds: float = 300) -> None:
    now = fleet.clock.time()
    intent = intents.override(
        fleet.circuit, mode=mode, reason="r", by="operator-1", until=now + seconds, now=now
    )
    assert fleet.store.attempt(SERVICE, intent).won


@pytest.mark.parametrize("mode", [Mode.FORCED_OPEN, Mode.FORCED_CLOSED])
def test__forced__nothing_is_counted(fleet: Fleet, mode: Mode) -> None:
    force(fleet, mode)
    caller = fleet.caller()
    for _ in range(10):
        if mode is Mode.FORCED_OPEN:
            assert caller.refused() is not None
        else:
            caller.fail()
    assert fleet.circuit.failures == 0
    assert caller.line.writes == []


def test__forced_while_a_call_is_out__its_failure_is_not_counted(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.fail(meanwhile=lambda: force(fleet, Mode.FORCED_CLOSED))
    assert fleet.circuit.failures == 0
    assert caller.line.writes == ["begin_run"]  # lost, and by that it has learned


def test__forced_open__is_effective_after_a_window(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    force(fleet, Mode.FORCED_OPEN, seconds=300)
    fleet.clock.advance(fleet.settings.window * 1.2)
    assert caller.refused() == pytest.approx(300 - fleet.settings.window * 1.2)


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        (
            Mode.FORCED_OPEN,
            [("forced_open", "automatic"), ("open", "half-open"), ("half-open", "closed")],
        ),
        (Mode.FORCED_CLOSED, [("forced_closed", "automatic")]),
    ],
)
def test__forced__expired__the_next_caller_ends_it_and_nobody_does_twice(
    fleet: Fleet, mode: Mode, changes: list[tuple[str, str]]
) -> None:
    callers = [fleet.caller() for _ in range(4)]
    force(fleet, mode, seconds=300)
    for caller in callers:
        caller.breaker.circuit()
    fleet.clock.advance(300)
    for caller in callers:
        assert caller.refused() is None
    assert fleet.changes[1:] == changes
    assert (fleet.circuit.state, fleet.circuit.override_mode) == (State.CLOSED, None)


def test__expired__seen_by_several_with_the_same_knowledge__ends_once(fleet: Fleet) -> None:
    force(fleet, Mode.FORCED_CLOSED, seconds=0.5)
    fleet.clock.advance(0.6)
    one = fleet.caller()
    other = fleet.caller(wrap=lambda line: Overtaken(line, one.succeed))
    other.succeed()
    assert (one.line.writes, other.line.writes) == (["to_automatic"], ["to_automatic"])
    assert fleet.changes[1:] == [("forced_closed", "automatic")]


def test__forced_closed__its_failures_leave_nothing_behind(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    force(fleet, Mode.FORCED_CLOSED, seconds=10)
    fleet.clock.advance(6)
    for _ in range(3):
        caller.fail()
    fleet.clock.advance(10)
    caller.fail()  # the first after a recent success, as ever: held back
    assert fleet.circuit.failures == 0
    caller.fail()
    assert fleet.circuit.failures == 2

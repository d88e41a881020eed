"""Failures that are not counted at once, or not any more: held back, late, kept to oneself."""

from breakwater.resilience.circuit import DOUBT, State
from tests.fakes.breakers import Fleet


def test__held_back__for_longer_than_a_run_lasts__is_forgotten(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    caller.fail()
    caller.fail(after=601)
    assert fleet.circuit.failures == 1


def test__held_back__under_an_older_generation__is_not_counted_in_this_one(fleet: Fleet) -> None:
    caller, others = fleet.caller(), fleet.caller()
    caller.succeed()
    caller.fail()
    for _ in range(5):
        others.fail()
    fleet.let_open_time_pass()
    others.succeed()
    assert (fleet.circuit.state, fleet.circuit.generation) == (State.CLOSED, 3)
    caller.fail()
    assert fleet.circuit.failures == 1


def test__held_back__until_a_success__is_gone(fleet: Fleet) -> None:
    caller = fleet.caller()
    for _ in range(20):
        caller.succeed()
        fleet.clock.advance(1)
        caller.fail()
        fleet.clock.advance(1)
    assert caller.line.writes == []


def test__held_back__a_minute_after_the_last_success__counts_at_once(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    caller.fail(after=59.9)
    assert fleet.circuit.failures == 0
    caller.succeed()
    caller.fail(after=60)
    assert fleet.circuit.failures == 1


def test__late_failure__of_an_older_generation__is_inert(fleet: Fleet) -> None:
    late, others = fleet.caller(), fleet.caller()

    def meanwhile() -> None:
        for _ in range(5):
            others.fail()
        fleet.clock.advance(2)
        late.breaker.circuit()

    late.fail(meanwhile=meanwhile)
    assert fleet.circuit.failures == 5
    assert late.line.writes == []


def test__late_failure__whose_caller_knows_nothing_newer__is_lost(fleet: Fleet) -> None:
    late, others = fleet.caller(), fleet.caller()

    def meanwhile() -> None:
        for _ in range(5):
            others.fail()

    late.fail(meanwhile=meanwhile)
    assert (fleet.circuit.state, fleet.circuit.failures) == (State.OPEN, 5)
    assert late.line.operations == ["read", "begin_run"]


def test__late_failure__of_a_long_call__is_looked_into_before_it_is_counted(fleet: Fleet) -> None:
    late, others = fleet.caller(), fleet.caller()

    def meanwhile() -> None:
        for _ in range(5):
            others.fail()
        fleet.let_open_time_pass()
        others.succeed()

    late.fail(meanwhile=meanwhile)
    assert (fleet.circuit.state, fleet.circuit.failures) == (State.CLOSED, 0)
    assert late.line.operations == ["read", "read"]


def test__failure_kept_to_oneself__is_followed_by_a_look(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    fleet.clock.advance(DOUBT - 0.01)
    caller.fail()
    caller.succeed()
    assert caller.line.operations == ["read"]  # what it knows is no older than a second
    fleet.clock.advance(0.02)
    caller.fail()
    caller.succeed()
    assert caller.line.operations == ["read", "read"]

"""A circuit that is open: who probes, who waits, what closes it and what does not."""

import pytest

from breakwater.resilience.breaker import MOVES
from breakwater.resilience.circuit import State
from tests.fakes.breakers import Fleet, Outrun, Resent


def test__open__refuses_until_its_time_and_then_one_probe_closes(fleet: Fleet) -> None:
    fleet.open()
    caller = fleet.caller()
    assert caller.refused() is not None
    fleet.let_open_time_pass()
    assert caller.refused() is None
    assert fleet.circuit.state is State.CLOSED
    assert caller.seen.told == ["refused", "probed"]
    assert caller.seen.changes == [
        (State.OPEN, State.HALF_OPEN),
        (State.HALF_OPEN, State.CLOSED),
    ]


def test__half_open__while_one_probes__the_others_ask_again_soon(fleet: Fleet) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    prober = fleet.caller()
    with prober.breaker.guard(timeout=30):
        for other in [fleet.caller() for _ in range(3)]:
            assert other.refused() == fleet.settings.reset_timeout / 4
    assert fleet.circuit.state is State.CLOSED


def test__half_open__prober_dead__the_next_probes_after_one_lease(fleet: Fleet) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    dead, other = fleet.caller(), fleet.caller()
    dead.breaker.enter(30)
    fleet.clock.advance(30 + fleet.settings.probe_margin - 0.1)
    assert other.refused() == fleet.settings.window
    fleet.clock.advance(0.1)
    assert fleet.caller().refused() is None
    assert fleet.circuit.state is State.CLOSED


def test__half_open__the_overrun_prober_s_verdict__is_inert(fleet: Fleet) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    late, other = fleet.caller(), fleet.caller()
    permits = []
    late.fail(after=41, meanwhile=lambda: permits.append(other.breaker.enter(30)))
    [permit] = permits
    assert (fleet.circuit.state, fleet.circuit.probe_owner) == (State.HALF_OPEN, permit.owner)
    other.breaker.answered(permit, fleet.clock.time())
    assert fleet.circuit.state is State.CLOSED


def test__half_open__probe_fails__reopens_longer_up_to_five_minutes(fleet: Fleet) -> None:
    caller = fleet.open()
    seconds = []
    for _ in range(5):
        fleet.let_open_time_pass()
        caller.fail()
        retry_at = fleet.circuit.retry_at
        assert retry_at is not None
        seconds.append(retry_at - fleet.clock.time())
    assert seconds == pytest.approx([126, 252, 286.4, 286.4, 286.4], abs=0.1)
    assert fleet.changes[1:] == [("open", "half-open"), ("half-open", "open")] * 5


def test__half_open__several_successes_wanted__by_any_caller() -> None:
    fleet = Fleet(successes_to_close=3)
    fleet.open()
    fleet.let_open_time_pass()
    for number in (1, 2):
        fleet.caller().succeed()
        assert (fleet.circuit.state, fleet.circuit.probe_successes) == (State.HALF_OPEN, number)
    fleet.caller().succeed()
    assert fleet.circuit.state is State.CLOSED


def test__probe__answer_to_its_claim_lost__is_mine(fleet: Fleet) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    caller = fleet.caller(wrap=Resent)
    caller.succeed()
    assert fleet.circuit.state is State.CLOSED


def test__slow_probe__reopens() -> None:
    fleet = Fleet(slow_call=5.0)
    caller = fleet.open()
    fleet.let_open_time_pass()
    caller.succeed(after=6)
    assert (fleet.circuit.state, fleet.circuit.reopens) == (State.OPEN, 1)


def test__every_write_lost__refuses_for_a_moment(fleet: Fleet) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    caller = fleet.caller(wrap=Outrun)
    assert caller.refused() == fleet.settings.window
    assert caller.line.reads == 1 + MOVES

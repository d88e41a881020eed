"""A caller whose store is slow, down, or back."""

import logging

import pytest

from breakwater.resilience import intents
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.resilience.steady import OutageSettings, SteadyStore
from tests.fakes.breakers import Caller, Fleet
from tests.fakes.circuits import SERVICE

SLOW = 0.3
"""Seconds that the breakers' client spends on a store that does not answer."""


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(window=1.0)


@pytest.fixture
def caller(fleet: Fleet) -> Caller:
    return steady(fleet)


def steady(fleet: Fleet, **settings: float) -> Caller:
    outage = OutageSettings(**settings)  # type: ignore[arg-type]
    caller = fleet.caller(wrap=lambda line: SteadyStore(line, time=fleet.clock, settings=outage))
    caller.line.delay = SLOW
    return caller


def seconds_of(caller: Caller) -> float:
    """Return how long a healthy call takes, that itself takes no time."""
    began = caller.clock.monotonic()
    caller.succeed()
    return caller.clock.monotonic() - began


def test__answering__every_request_reaches_it(fleet: Fleet, caller: Caller) -> None:
    for _ in range(5):
        caller.fail()
    assert fleet.circuit.state is State.OPEN
    assert caller.line.writes == ["begin_run", *["join_run"] * 4, "trip"]


def test__black_hole__delays_twice_and_then_not_at_all(caller: Caller) -> None:
    caller.line.is_cut = True
    delays = []
    for _ in range(5):
        delays.append(seconds_of(caller))
        caller.clock.advance(1.0)  # each wants to read anew
    assert delays == pytest.approx([SLOW, SLOW, 0, 0, 0])


def test__black_hole__is_tried_once_after_each_pause(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caller.line.is_cut = True
    with caplog.at_level(logging.WARNING):
        for _ in range(200):
            caller.succeed()
            caller.clock.advance(0.5)
    assert 2 + 100 / 6.5 <= caller.line.reads <= 2 + 100 / 5
    assert {record.getMessage() for record in caplog.records} == {
        "breaker storage is left alone for a while: cut"
    }


def test__black_hole__never_fails_a_call_by_itself(caller: Caller) -> None:
    caller.line.is_cut = True
    answered = 0
    for _ in range(1_000):
        caller.succeed()
        answered += 1
        caller.clock.advance(0.7)
    assert answered == 1_000
    assert caller.breaker.circuit().state is State.CLOSED


def test__down_from_the_start__a_local_count_opens(fleet: Fleet, caller: Caller) -> None:
    caller.line.is_cut = True
    for _ in range(5):
        assert caller.breaker.circuit().state is State.CLOSED
        caller.fail()
    assert caller.refused() is not None
    assert fleet.circuit == Circuit(service=SERVICE)


def test__down__own_failures_go_on_from_what_was_known(fleet: Fleet, caller: Caller) -> None:
    for _ in range(3):
        caller.fail()
    caller.line.is_cut = True
    caller.fail()
    assert caller.refused() is None
    caller.fail()  # a new row: held back until there are two
    for _ in range(4):
        caller.fail()
    assert caller.refused() is not None
    assert fleet.circuit.failures == 3


def test__down__the_last_known_state_holds_for_its_age(fleet: Fleet, caller: Caller) -> None:
    now = fleet.clock.time()
    forced = intents.override(
        fleet.circuit, mode=Mode.FORCED_OPEN, reason="r", by="b", until=now + 9_000, now=now
    )
    fleet.store.attempt(SERVICE, forced)
    assert caller.refused() is not None
    caller.line.is_cut = True
    caller.line.delay = 0
    fleet.clock.advance(59)
    assert caller.refused() is not None
    fleet.clock.advance(1 + fleet.settings.window)
    assert caller.refused() is None


def test__down__a_local_window_does_not_age(fleet: Fleet, caller: Caller) -> None:
    caller.line.is_cut = True
    caller.line.delay = 0
    for _ in range(5):
        caller.fail()
    reached = 0
    for _ in range(600):
        if caller.breaker.circuit().state is State.CLOSED or caller.refused() is None:
            reached += 1
        fleet.clock.advance(0.05)
    assert reached == 0
    fleet.clock.advance(60)
    caller.fail()  # the probe
    fleet.clock.advance(61)
    assert caller.refused() is not None  # for twice as long, not for a window's age


def test__down__a_local_circuit_recovers(fleet: Fleet, caller: Caller) -> None:
    caller.line.is_cut = True
    for _ in range(5):
        caller.fail()
    fleet.clock.advance(70)
    assert caller.refused() is None
    assert caller.breaker.circuit().state is State.CLOSED


def test__back__the_shared_circuit_is_known_again(fleet: Fleet, caller: Caller) -> None:
    caller.succeed()
    caller.line.is_cut = True
    for _ in range(5):
        fleet.clock.advance(1)
        caller.fail()
    assert caller.refused() is not None
    caller.line.is_cut = False
    fleet.clock.advance(6.5)
    assert caller.refused() is None
    fleet.open()
    fleet.clock.advance(1.5)
    assert caller.refused() is not None


def test__back__a_local_life_does_not_hide_a_fleet_s_override(fleet: Fleet, caller: Caller) -> None:
    # What it lived through alone has grown its generation past the fleet's.
    caller.line.is_cut = True
    for _ in range(5):
        caller.fail()
    fleet.clock.advance(70)
    caller.succeed()
    assert caller.breaker.circuit().generation == 3
    caller.line.is_cut = False
    now = fleet.clock.time()
    forced = intents.override(
        fleet.circuit, mode=Mode.FORCED_OPEN, reason="r", by="b", until=now + 900, now=now
    )
    fleet.store.attempt(SERVICE, forced)
    fleet.clock.advance(6.5)
    assert caller.refused() is not None


def test__answer_to_a_claim_lost__the_probe_still_closes(fleet: Fleet, caller: Caller) -> None:
    fleet.open()
    fleet.let_open_time_pass()
    caller.line.loses_answers = True
    with caller.breaker.guard(timeout=30):
        caller.line.loses_answers = False
    assert fleet.circuit.state is State.CLOSED
    assert fleet.changes[1:] == [("open", "half-open"), ("half-open", "closed")]


@pytest.mark.parametrize("throttled", [{"claim"}, {"claim", "read"}])
def test__throttled__nobody_claims_a_probe_on_its_own_memory(
    fleet: Fleet, throttled: set[str]
) -> None:
    callers = [steady(fleet, max_age=120) for _ in range(20)]
    fleet.open()
    for caller in callers:
        assert caller.refused() is not None
        caller.line.throttled = frozenset(throttled)
    fleet.let_open_time_pass()
    for _ in range(5):
        assert all(caller.refused() is not None for caller in callers)
        fleet.clock.advance(1.3)
    assert fleet.changes == [("closed", "open")]
    # One of them is served, probes and closes; the others hear of it, and nobody else has probed.
    callers[7].line.throttled = frozenset()
    fleet.clock.advance(6.5)
    callers[7].succeed()
    for caller in callers:
        caller.line.throttled = frozenset({"claim"})
    fleet.clock.advance(6.5)
    assert [caller.refused() for caller in callers] == [None] * 20
    assert fleet.changes[1:] == [("open", "half-open"), ("half-open", "closed")]


def test__throttled_for_good__probes_by_itself_after_a_while(fleet: Fleet) -> None:
    caller = steady(fleet, yields=30)
    fleet.open()
    assert caller.refused() is not None
    caller.line.throttled = frozenset({"claim", "reclaim", "close"})
    fleet.let_open_time_pass()
    began = fleet.clock.monotonic()
    for _ in range(100):
        if caller.refused() is None:
            break
        fleet.clock.advance(1.3)
    assert 30 < fleet.clock.monotonic() - began < 40


def test__down__who_hears_nothing_probes_by_itself(fleet: Fleet, caller: Caller) -> None:
    fleet.open()
    assert caller.refused() is not None
    fleet.let_open_time_pass()
    caller.line.is_cut = True
    assert caller.refused() is None


def test__one_miss_between_answers__is_forgiven(caller: Caller) -> None:
    for _ in range(10):
        caller.line.is_cut = not caller.line.is_cut
        caller.succeed()
        caller.clock.advance(1)
    assert caller.line.reads == 10


def test__an_outage_s_settings__are_the_deployment_s(fleet: Fleet) -> None:
    caller = steady(fleet, fail_max=1, pause=30, max_age=5)
    caller.line.is_cut = True
    for _ in range(30):
        caller.succeed()
        fleet.clock.advance(0.9)
    assert caller.line.reads == 1

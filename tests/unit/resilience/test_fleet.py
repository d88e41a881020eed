"""What a fleet costs its store, and what a background of errors does to it."""

import random
from contextlib import suppress

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError
from breakwater.resilience.circuit import BreakerSettings, State
from tests.fakes.breakers import Caller, Fleet, Overtaken

WINDOW = BreakerSettings().window


def enter(caller: Caller) -> object:
    return caller.breaker.enter(30)


def writes_of(callers: list[Caller]) -> list[str]:
    return [name for caller in callers for name in caller.line.writes]


def test__healthy__no_write_and_one_read_a_window() -> None:
    fleet = Fleet()
    caller = fleet.caller()
    for _ in range(1_000):
        caller.succeed()
        fleet.clock.advance(0.01)
    assert caller.line.writes == []
    assert caller.line.reads <= 10 / (0.8 * WINDOW) + 1


@pytest.mark.parametrize(("spread", "seconds"), [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)])
def test__window__is_jittered(spread: float, seconds: float) -> None:
    fleet = Fleet()
    caller = fleet.caller()
    caller.breaker._spread = lambda: spread
    caller.succeed()
    fleet.clock.advance(seconds - 0.01)
    caller.succeed()
    assert caller.line.reads == 1
    fleet.clock.advance(0.02)
    caller.succeed()
    assert caller.line.reads == 2


def test__failing__one_write_a_failure_and_one_transaction_to_open() -> None:
    fleet = Fleet()
    caller = fleet.caller()
    for _ in range(5):
        caller.fail()
    assert caller.line.writes == ["begin_run", *["join_run"] * 4, "trip"]
    assert caller.line.reads == 1


def test__open__no_write_and_one_read_a_window() -> None:
    fleet = Fleet()
    fleet.open()
    caller = fleet.caller()
    for _ in range(500):
        assert caller.refused() is not None
        fleet.clock.advance(0.1)
    assert caller.line.writes == []
    assert caller.line.reads <= 50 / (0.8 * WINDOW) + 1


def test__recovery__the_winner_takes_two_writes_and_a_loser_none() -> None:
    fleet = Fleet()
    fleet.open()
    winner, *losers = (fleet.caller() for _ in range(20))
    fleet.let_open_time_pass()
    with winner.breaker.guard(timeout=30):
        for loser in losers:
            assert loser.refused() is not None
    assert winner.line.operations == ["read", "claim", "close"]
    assert [loser.line.operations for loser in losers] == [["read"]] * 19


def test__recovery__a_loser_of_the_race_takes_one_write() -> None:
    fleet = Fleet()
    fleet.open()
    fleet.let_open_time_pass()
    winner = fleet.caller()
    permits: list[object] = []
    loser = fleet.caller(wrap=lambda line: Overtaken(line, lambda: permits.append(enter(winner))))
    assert loser.refused() is not None
    assert loser.line.writes == ["claim"]


def test__recovery__who_has_just_looked__waits_for_its_window() -> None:
    # If all acted on what they know, all would claim in the moment when the time is up.
    fleet = Fleet()
    fleet.open()
    caller = fleet.caller()
    fleet.clock.advance(62.9)
    assert caller.refused() is not None
    fleet.clock.advance(0.2)
    assert caller.refused() == fleet.settings.window
    assert caller.line.operations == ["read"]
    fleet.clock.advance(fleet.settings.window)
    assert caller.refused() is None


@pytest.mark.parametrize("size", [2, 16, 64])
def test__dead_from_the_start__calls_that_reach_it_are_bounded(size: int) -> None:
    fleet = Fleet()
    callers = [fleet.caller() for _ in range(size)]
    reached = 0
    # Everybody is in a call before the first has failed: the most that can be out.
    permits = [(caller, caller.breaker.enter(30)) for caller in callers]
    for caller, permit in permits:
        reached += 1
        caller.breaker.failed(permit)
    for _ in range(20):
        for caller in callers:
            if caller.breaker.circuit().state is State.CLOSED:
                reached += 1
                caller.fail()
        fleet.clock.advance(0.1)
    assert fleet.circuit.state is State.OPEN
    assert reached <= fleet.settings.fail_max + size - 1


def busy_fleet(fleet: Fleet, errors: float, *, minutes: int = 10) -> list[Caller]:
    """Let 50 callers make 100 calls a second between them."""
    chance = random.Random(20_260_101)  # noqa: S311 - the same in every run
    callers = [fleet.caller() for _ in range(50)]
    for _ in range(minutes * 60 * 100):
        caller = chance.choice(callers)
        with suppress(CircuitBreakerOpenError):
            if chance.random() < errors:
                caller.fail()
            else:
                caller.succeed()
        fleet.clock.advance(0.01)
    return callers


def test__one_call_in_a_hundred_fails__never_opens_and_hardly_writes() -> None:
    fleet = Fleet()
    callers = busy_fleet(fleet, 0.01)
    failures = sum(caller.seen.told.count("failed") for caller in callers)
    assert failures > 500
    assert fleet.changes == []
    assert len(writes_of(callers)) < failures / 10


def test__every_call_counted_at_once__would_open_with_the_same_errors() -> None:
    # The control: without holding back, the same background is taken for an outage.
    fleet = Fleet(hold_back=1e-9, reset_timeout=1)
    busy_fleet(fleet, 0.05)
    held = Fleet(reset_timeout=1)
    busy_fleet(held, 0.05)
    assert len(fleet.changes) > 10 * max(1, len(held.changes))

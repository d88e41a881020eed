"""One caller, and a few beside it, while the circuit is closed: what counts, and when it opens."""

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.resilience import intents
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, State
from breakwater.resilience.store import values_of
from tests.fakes.breakers import Fleet, Outrun
from tests.fakes.circuits import SERVICE

MINUTE = 60.0


def test__closed__alone__opens_at_exactly_the_fifth_failure(fleet: Fleet) -> None:
    caller = fleet.caller()
    stages = []
    for _ in range(5):
        caller.fail()
        stages.append((fleet.circuit.failures, fleet.circuit.state))
    assert stages == [*((n, State.CLOSED) for n in range(1, 5)), (5, State.OPEN)]
    assert caller.refused() == pytest.approx(MINUTE * 1.05)


def test__closed__alone_after_a_success__opens_at_the_fifth_all_the_same(fleet: Fleet) -> None:
    caller = fleet.caller()
    caller.succeed()
    counts = []
    for _ in range(5):
        fleet.clock.advance(1)
        caller.fail()
        counts.append(fleet.circuit.failures)
    assert counts == [0, 2, 3, 4, 5]
    assert fleet.circuit.state is State.OPEN
    assert caller.line.writes == ["begin_run", *["join_run"] * 3, "trip"]


@pytest.mark.parametrize("seconds", [30, 45, 60, 300, 599])
def test__closed__a_task_that_hangs_and_fails_alone__opens_at_its_fifth_attempt(
    fleet: Fleet, seconds: float
) -> None:
    caller = fleet.caller()
    caller.succeed()
    states = []
    for _ in range(5):
        caller.fail(after=seconds)
        states.append(fleet.circuit.state)
    assert states == [*[State.CLOSED] * 4, State.OPEN]


def test__closed__ten_minutes_apart__never_opens(fleet: Fleet) -> None:
    caller = fleet.caller()
    for _ in range(20):
        caller.fail(after=600)
    assert (fleet.circuit.state, fleet.circuit.failures) == (State.CLOSED, 1)


def test__run__a_success_that_started_later__ends_it(fleet: Fleet) -> None:
    one, other = fleet.caller(), fleet.caller()
    for _ in range(4):
        one.fail()
    fleet.clock.advance(1)
    other.succeed()
    fleet.clock.advance(2)
    other.fail()  # held back
    other.fail()
    assert (fleet.circuit.state, fleet.circuit.failures) == (State.CLOSED, 2)


def test__run__a_success_that_started_earlier__does_not_end_it(fleet: Fleet) -> None:
    one, other = fleet.caller(), fleet.caller()
    with other.breaker.guard(timeout=30):
        fleet.clock.advance(1)
        for _ in range(4):
            one.fail()
        fleet.clock.advance(1)
    fleet.clock.advance(2)
    other.fail()  # held back
    other.fail()
    assert (fleet.circuit.state, fleet.circuit.failures) == (State.OPEN, 6)


def test__run__the_success_that_started_last__is_the_one_that_tells(fleet: Fleet) -> None:
    one, other = fleet.caller(), fleet.caller()
    with other.breaker.guard(timeout=30):  # started before the run, ends after it
        one.fail(after=1)
        fleet.clock.advance(1)
        other.succeed(after=1)
        fleet.clock.advance(1)
    other.fail()  # held back
    other.fail()
    assert fleet.circuit.failures == 2


def test__run__outlived__its_count_is_reset_once_on_a_fresh_read(fleet: Fleet) -> None:
    one, other = fleet.caller(), fleet.caller()
    one.fail()
    fleet.clock.advance(2)
    other.succeed()
    assert other.line.writes == []
    for _ in range(5):
        fleet.clock.advance(2)
        other.succeed()
    assert other.line.writes == ["end_run"]
    assert (fleet.circuit.failures, fleet.circuit.run_began_at) == (0, None)


def test__run__began_since_the_last_read__is_joined(fleet: Fleet) -> None:
    one, other = fleet.caller(), fleet.caller()
    other.breaker.circuit()
    one.fail()
    other.fail()
    assert fleet.circuit.failures == 2
    assert other.line.writes == ["begin_run", "join_run"]


def test__closed__together__open_at_the_fifth_failure_of_all(fleet: Fleet) -> None:
    for caller in [fleet.caller() for _ in range(5)]:
        caller.fail()
    assert fleet.circuit.state is State.OPEN
    assert fleet.changes == [("closed", "open")]


def test__count__outrun_twice__is_given_up(fleet: Fleet) -> None:
    caller = fleet.caller(wrap=Outrun)
    caller.fail()
    assert fleet.circuit.failures == 0
    assert caller.line.operations == ["read"] * 3


def test__tripper_dead__the_next_reader_trips(fleet: Fleet) -> None:
    caller = fleet.caller()
    for _ in range(4):
        caller.fail()
    now = fleet.clock.time()
    last = intents.join_run(fleet.circuit, fleet.settings, count=1, now=now, last_success=None)
    assert fleet.store.attempt(SERVICE, last).won  # and its caller dies
    assert fleet.caller().refused() is not None
    assert fleet.changes == [("closed", "open")]


def test__slow_call__counts_as_a_failure() -> None:
    fleet = Fleet(slow_call=5.0)
    caller = fleet.caller()
    caller.succeed(after=5)
    assert caller.seen.told == []
    for _ in range(5):
        caller.succeed(after=5.5)
    assert fleet.circuit.state is State.OPEN
    assert caller.seen.told == ["slow 5.5", "failed"] * 5


def test__defaults__an_unobserved_breaker_has_jitter_of_its_own(fleet: Fleet) -> None:
    breaker = CircuitBreaker(
        SERVICE, settings=BreakerSettings(), store=fleet.store, time=fleet.clock
    )
    assert breaker.call(lambda: 42, timeout=30) == 42
    for _ in range(5):
        with pytest.raises(TransientError):
            breaker.call(_unwell, timeout=30)
    with pytest.raises(CircuitBreakerOpenError) as caught:
        breaker.call(lambda: 42, timeout=30)
    assert caught.value.service == SERVICE
    assert 60 <= caught.value.retry_after <= 66
    assert values_of(fleet.circuit)["failures"] == 5


def _unwell() -> int:
    raise TransientError("503")

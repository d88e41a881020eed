"""What the end of a call says about the service, and what the guard makes of it."""

import pytest

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    ResourceBusyError,
    ThrottledError,
    TransientError,
)
from breakwater.resilience.circuit import State
from breakwater.resilience.verdict import Verdict, verdict
from tests.fakes.breakers import Fleet

ALIVE = [
    PermanentError("refused", status_code=404),
    PermanentError("refused", status_code=401),
]
UNWELL = [
    TransientError("503", status_code=503),
    TransientError("timeout"),
    TransientError("connection refused", may_have_applied=False),
]
NONE: list[BaseException] = [
    ThrottledError("429", retry_after=30, status_code=429),
    TransientError("cut short by our deadline", blames_service=False),
    PermanentError("our own mistake, before anything was sent"),
    ResourceBusyError("bulkhead/jamf", held_until=None),  # type: ignore[arg-type]
    ConfigurationError("no secret"),
    KeyError("a bug"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        *[(error, Verdict.ALIVE) for error in ALIVE],
        *[(error, Verdict.UNWELL) for error in UNWELL],
        *[(error, Verdict.NONE) for error in NONE],
    ],
    ids=lambda value: repr(value)[:40],
)
def test__verdict(error: BaseException, expected: Verdict) -> None:
    assert verdict(error) is expected


@pytest.mark.parametrize("error", [*ALIVE, *NONE], ids=repr)
def test__closed__not_the_service_s_fault__is_not_counted(error: BaseException) -> None:
    fleet = Fleet()
    caller = fleet.caller()
    for _ in range(10):
        with pytest.raises(type(error)), caller.breaker.guard(timeout=30):
            raise error
    assert caller.line.writes == []


@pytest.mark.parametrize("error", UNWELL, ids=repr)
def test__closed__the_service_is_unwell__is_counted(error: TransientError) -> None:
    fleet = Fleet()
    caller = fleet.caller()
    caller.fail(error=error)
    assert fleet.circuit.failures == 1


def test__refused__is_proof_of_life__ends_a_row() -> None:
    fleet = Fleet()
    caller = fleet.caller()
    for _ in range(10):
        caller.fail(error=PermanentError("no such app", status_code=404))
        fleet.clock.advance(1)
        caller.fail()
        fleet.clock.advance(1)
    assert caller.line.writes == []


@pytest.mark.parametrize("error", NONE, ids=repr)
def test__probe__says_nothing__is_given_back_to_the_next(error: BaseException) -> None:
    fleet = Fleet()
    fleet.open()
    fleet.let_open_time_pass()
    caller = fleet.caller()
    with pytest.raises(type(error)), caller.breaker.guard(timeout=30):
        raise error
    assert (fleet.circuit.state, fleet.circuit.probe_owner) == (State.HALF_OPEN, None)
    fleet.caller().succeed()
    assert fleet.circuit.state is State.CLOSED


@pytest.mark.parametrize("error", ALIVE, ids=repr)
def test__probe__refused_by_a_service_that_lives__closes(error: PermanentError) -> None:
    fleet = Fleet()
    fleet.open()
    fleet.let_open_time_pass()
    fleet.caller().fail(error=error)
    assert fleet.circuit.state is State.CLOSED


def test__open__the_call_is_not_made() -> None:
    fleet = Fleet()
    caller = fleet.open()
    made: list[int] = []
    with pytest.raises(Exception, match="is open"):
        caller.breaker.call(lambda: made.append(1), timeout=30)
    assert made == []


def test__open__is_said_without_io_from_what_is_known() -> None:
    fleet = Fleet()
    caller, stranger = fleet.open(), fleet.caller()
    caller.line.operations.clear()
    with pytest.raises(CircuitBreakerOpenError):
        caller.breaker.refuse_if_open()
    fleet.let_open_time_pass()
    caller.breaker.refuse_if_open()
    stranger.breaker.refuse_if_open()
    assert (caller.line.operations, stranger.line.operations) == ([], [])


def test__answer_that_does_not_vouch__gives_a_probe_back_and_ends_no_row() -> None:
    fleet = Fleet()
    fleet.open()
    fleet.let_open_time_pass()
    with fleet.caller().breaker.guard(timeout=30, vouches=False):
        pass
    assert (fleet.circuit.state, fleet.circuit.probe_owner) == (State.HALF_OPEN, None)

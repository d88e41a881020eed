"""What leaves botocore for guarded calls: the table of docs/architecture.md, counted."""

from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters import aws
from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.bulkhead import Bulkhead
from tests.contract.breakers.conftest import Environment
from tests.fakes.clock import FakeClock
from tests.fakes.wire import trail_of

GET, UPDATE, TRANSACT = "GetItem", "UpdateItem", "TransactWriteItems"
TIMEOUT = 30.0
Record = Callable[[str, object], None]
"""For `make bench`, which shows what these tests have counted."""


class Sent(list[str]):
    """The operations that leave botocore."""

    def count_request(self, event_name: str, **_request: Any) -> None:
        self.append(event_name.rpartition(".")[2])

    def taken(self) -> list[str]:
        """Return what was sent since the last time."""
        taken = [*self]
        self.clear()
        return taken


@pytest.fixture
def sent(tables: Any) -> Sent:
    sent = Sent()
    session: Any = aws._session()
    session.register("before-send.dynamodb", sent.count_request)
    return sent


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def fail(breaker: CircuitBreaker, during: Callable[[], object] = lambda: None) -> None:
    def call() -> None:
        during()
        raise TransientError("503")

    with pytest.raises(TransientError):
        breaker.call(call, timeout=TIMEOUT)


def refused(breaker: CircuitBreaker) -> None:
    with pytest.raises(CircuitBreakerOpenError), breaker.guard(timeout=TIMEOUT):
        pytest.fail("the circuit is open")


def opened(environment: Environment, clock: FakeClock) -> CircuitBreaker:
    breaker = environment(clock)
    for _ in range(5):
        fail(breaker)
    return breaker


def test__healthy__one_read_a_window_and_no_write(
    environment: Environment, clock: FakeClock, sent: Sent
) -> None:
    breaker = environment(clock)
    for _ in range(80):
        breaker.call(lambda: None, timeout=TIMEOUT)
        clock.advance(0.125)
    assert sent.taken() == [GET] * 2


def test__healthy__within_the_window_nothing_at_all(
    environment: Environment, clock: FakeClock, sent: Sent, record_testsuite_property: Record
) -> None:
    breaker = environment(clock)
    breaker.call(lambda: None, timeout=TIMEOUT)
    sent.clear()
    breaker.call(lambda: None, timeout=TIMEOUT)
    record_testsuite_property("AWS calls of a guarded call, healthy and cached", len(sent))
    assert sent.taken() == []


def test__failing__one_write_a_failure_and_one_transaction(
    environment: Environment, clock: FakeClock, sent: Sent, record_testsuite_property: Record
) -> None:
    opened(environment, clock)
    record_testsuite_property("writes for a counted failure", sent.count(UPDATE) / 5)
    record_testsuite_property("writes to open, besides", sent.count(TRANSACT))
    assert sent.taken() == [GET, *[UPDATE] * 5, TRANSACT]


def test__open__one_read_a_window_and_no_write(
    environment: Environment, clock: FakeClock, sent: Sent
) -> None:
    breaker = opened(environment, clock)
    sent.clear()
    for _ in range(40):
        clock.advance(0.125)
        refused(breaker)
    assert sent.taken() == [GET]


def test__long_call_fails__is_looked_into_and_then_counted(
    environment: Environment, clock: FakeClock, sent: Sent
) -> None:
    fail(environment(clock), during=lambda: clock.advance(TIMEOUT))
    assert sent.taken() == [GET, GET, UPDATE]


def test__recovery__the_winner_writes_twice_and_a_loser_reads_once(
    environment: Environment, clock: FakeClock, sent: Sent, tables: Any
) -> None:
    opened(environment, clock)
    winner, loser = environment(clock), environment(clock)
    clock.advance(63)
    sent.clear()
    with winner.guard(timeout=TIMEOUT):
        assert sent.taken() == [GET, TRANSACT]
        refused(loser)
        assert sent.taken() == [GET]
        refused(loser)
        assert sent.taken() == []
    assert sent.taken() == [TRANSACT]
    assert [entry.change[1:] for entry in trail_of(tables)] == [
        ("closed", "open"),
        ("open", "half-open"),
        ("half-open", "closed"),
    ]


def test__bulkhead__two_writes_a_call(clock: FakeClock, sent: Sent) -> None:
    slots = DynamoLeaseStore(aws.client("dynamodb", aws.BREAKER), leases_table="leases")
    bulkhead = Bulkhead("jamf", size=5, slots=slots, time=clock)
    with bulkhead.slot(timeout=TIMEOUT):
        assert sent.taken() == ["PutItem"]
    assert sent.taken() == ["DeleteItem"]

"""DynamoDB takes connections and never answers: what a guarded call then costs, in real time."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from breakwater.adapters import aws
from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.resilience.bulkhead import Bulkhead
from tests.contract.aws.blackhole import black_hole
from tests.contract.breakers.conftest import Environment
from tests.fakes.circuits import SERVICE

ONE_REQUEST = 2 * (aws.BREAKER.connect + aws.BREAKER.read) + 0.05
"""Two tries at their longest, and the pause between them."""
BUSY = 0.5
"""What a busy machine may add."""


@pytest.fixture(autouse=True)
def _swallowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with black_hole() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        yield


def seconds(call: Callable[[], Any]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def test__healthy_call__returns_and_the_third_is_not_delayed(environment: Environment) -> None:
    breaker = environment(window=0.000_001)
    first, second, third = (
        seconds(lambda: breaker.call(lambda: None, timeout=30)) for _ in range(3)
    )
    assert 2 * aws.BREAKER.read <= first < ONE_REQUEST + BUSY
    assert second < ONE_REQUEST + BUSY
    assert third < 0.05


def test__failing_calls__are_counted_here_and_open(environment: Environment) -> None:
    breaker = environment()

    def fail() -> None:
        with pytest.raises(TransientError), breaker.guard(timeout=30):
            raise TransientError("503")

    delays = [seconds(fail) for _ in range(5)]
    assert sum(delays) < 2 * ONE_REQUEST + BUSY
    with pytest.raises(CircuitBreakerOpenError):
        breaker.call(lambda: None, timeout=30)


def test__a_count_is_sent_once(environment: Environment) -> None:
    # Half of what a read takes: the second try would be a second failure.
    breaker = environment()
    permit = breaker.enter(30)
    assert seconds(lambda: breaker.failed(permit)) < ONE_REQUEST / 2 + BUSY / 5


def test__bulkhead__lets_the_call_pass() -> None:
    slots = DynamoLeaseStore(aws.client("dynamodb", aws.BREAKER), leases_table="leases")
    bulkhead = Bulkhead(SERVICE, size=5, slots=slots, time=SystemClock())

    def call() -> None:
        with bulkhead.slot(timeout=30):
            pass

    first, second, third = (seconds(call) for _ in range(3))
    assert max(first, second) < ONE_REQUEST / 2 + BUSY
    assert third < 0.05

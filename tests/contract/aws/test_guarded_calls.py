"""A guarded call to a healthy vendor, while the breakers' own DynamoDB does not answer."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from breakwater.adapters.aws import BREAKER, client
from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.adapters.http import RetryableHTTPClient
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.steady import SteadyStore
from tests.contract.http.server import ScriptedServer, answer, serve

ADDED_SECONDS = 0.5
"""What a store that does not answer may add to a call."""
SLACK_SECONDS = 0.25
"""For making the first connection to the vendor."""
BUSY_SECONDS = 1.5
"""What it may take where the machine is busy meanwhile; botocore's own patience is a minute."""
NOTHING_SECONDS = 0.1
"""What a call may take once the store is left alone: next to nothing, on a busy machine too."""
CALLS = 6


@contextmanager
def environment(*, bulkhead: int | None = None) -> Iterator[Callable[[str], float]]:
    """Give what calls a vendor as a step does, and returns the seconds that it took."""
    clock, dynamodb = SystemClock(), client("dynamodb", BREAKER)
    store = DynamoBreakerStore(dynamodb, circuits_table="circuits", events_table="events")
    # No window: each call asks the store, unless the store is left alone.
    settings = ServiceSettings(BreakerSettings(window=0.001), bulkhead)
    guards = Guards(
        {"intune": settings},
        store=SteadyStore(store, time=clock),
        slots=DynamoLeaseStore(dynamodb, leases_table="leases"),
        time=clock,
    )
    http = RetryableHTTPClient(clock, guards=guards)

    def call(url: str) -> float:
        began = time.monotonic()
        deadline = Deadline.after(60, clock.monotonic)
        http.request("GET", url, service="intune", correlation_id="c", deadline=deadline)
        return time.monotonic() - began

    with ExitStack() as stack:
        stack.callback(http.close)
        yield call


@pytest.mark.parametrize("bulkhead", [None, 5])
def test__breakers_storage_does_not_answer__a_healthy_call_is_delayed_briefly_and_then_not_at_all(
    unanswered: Callable[..., None],
    bulkhead: int | None,
) -> None:
    with ScriptedServer(serve(*[answer()] * (CALLS + 1))) as vendor:
        unanswered("DYNAMODB")
        with environment(bulkhead=bulkhead) as call:
            delays = [call(vendor.url) for _ in range(CALLS)]
        assert len(vendor.requests) == CALLS

    print("seconds for each call:", *[f"{delay:.3f}" for delay in delays])
    assert min(delays[:2]) < ADDED_SECONDS + SLACK_SECONDS
    assert max(delays) < BUSY_SECONDS
    assert statistics.median(delays[2:]) < NOTHING_SECONDS

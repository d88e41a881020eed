"""What a DynamoDB that takes connections and never answers adds to guarded calls."""

import os
import time
from unittest.mock import patch

from breakwater.adapters import aws
from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.steady import SteadyStore
from tests.contract.aws.blackhole import black_hole
from tests.functions.lambdas import REGION

CALLS = 3
"""The second still asks; before the third, the store's own breaker is open."""


def seconds_added() -> list[float]:
    """Return what each of some calls that take no time took, in order."""
    with (
        black_hole() as url,
        patch.dict(
            os.environ,
            {
                "AWS_ENDPOINT_URL_DYNAMODB": url,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "y",
            },
        ),
    ):
        clock = SystemClock()
        store = DynamoBreakerStore(
            aws.client("dynamodb", aws.BREAKER), circuits_table="circuits", events_table="events"
        )
        breaker = CircuitBreaker(
            "bench",
            settings=BreakerSettings(window=0.000_001),  # each call asks
            store=SteadyStore(store, time=clock),
            time=clock,
        )
        return [_seconds(breaker) for _ in range(CALLS)]


def _seconds(breaker: CircuitBreaker) -> float:
    began = time.monotonic()
    breaker.call(lambda: None, timeout=30.0)
    return time.monotonic() - began

"""Breakers as a Lambda has them: botocore's own client with the breakers' timeouts, on moto."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from breakwater.adapters import aws
from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.observer import Time
from breakwater.resilience.steady import SteadyStore
from tests.fakes.aws import create_tables
from tests.fakes.circuits import SERVICE

REGION = "eu-west-1"
Environment = Callable[..., CircuitBreaker]


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    aws._session.cache_clear()


@pytest.fixture
def tables() -> Iterator[Any]:
    """A client on moto with the product's tables."""
    with mock_aws():
        client = aws._session().create_client("dynamodb", REGION)
        create_tables(client)
        yield client


@pytest.fixture
def environment() -> Environment:
    """Make one environment's breaker, with a client of its own."""

    def make(time: Time | None = None, **settings: float) -> CircuitBreaker:
        store = DynamoBreakerStore(
            aws.client("dynamodb", aws.BREAKER), circuits_table="circuits", events_table="events"
        )
        time = time or SystemClock()
        return CircuitBreaker(
            SERVICE,
            settings=BreakerSettings(**settings),  # type: ignore[arg-type]
            store=SteadyStore(store, time=time),
            time=time,
            spread=lambda: 0.5,
        )

    return make

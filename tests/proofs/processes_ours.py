"""One process's breaker as an environment has it, with its requests to the store counted."""

from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.config import Config

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit
from breakwater.resilience.intent import Intent
from breakwater.resilience.observer import Unobserved
from breakwater.resilience.steady import SteadyStore
from breakwater.resilience.store import Written
from tests.proofs.processes_fleet import DeadError, RefusedError, Shape, Tally

REGION = "us-east-1"
STORE_SECONDS = 5.0
"""Where an environment has 150 ms: here 64 processes and the emulator share a few cores."""

_session = botocore.session.get_session()


def dynamodb(endpoint: str) -> Any:
    """Return a client of the emulator that sends everything once."""
    return _session.create_client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=STORE_SECONDS,
            read_timeout=STORE_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            proxies={},
        ),
    )


class Honest:
    """A store that says when it did not answer: a run with faults proves nothing."""

    def __init__(self, store: DynamoBreakerStore, tally: Tally) -> None:
        self._store, self._tally = store, tally

    def read(self, service: str) -> Circuit:
        try:
            return self._store.read(service)
        except StorageUnavailableError:
            self._tally.add("faults")
            raise

    def attempt(self, service: str, intent: Intent) -> Written:
        try:
            return self._store.attempt(service, intent)
        except StorageUnavailableError:
            self._tally.add("faults")
            raise


class Probes(Unobserved):
    """Counts the probes."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def probed(self, circuit: Circuit) -> None:
        self._tally.add("probes")


class Ours:
    """Breakwater's breaker."""

    def __init__(self, endpoint: str, service: str, shape: Shape, tally: Tally) -> None:
        client = dynamodb(endpoint)
        for operation, name in (
            ("GetItem", "reads"),
            ("UpdateItem", "writes"),
            ("TransactWriteItems", "writes"),
        ):
            client.meta.events.register(
                f"before-send.dynamodb.{operation}", lambda name=name, **_: tally.add(name)
            )
        time = SystemClock()
        store = DynamoBreakerStore(
            client, circuits_table="circuits", events_table="events", once_more=False
        )
        self._timeout = shape.timeout
        self._breaker = CircuitBreaker(
            service,
            settings=BreakerSettings(
                fail_max=shape.fail_max,
                reset_timeout=shape.reset_timeout,
                window=shape.window,
                probe_margin=shape.margin,
            ),
            store=SteadyStore(Honest(store, tally), time=time),
            time=time,
            observer=Probes(tally),
        )

    def call(self, function: Callable[[], None]) -> None:
        """Make one guarded call. Raises DeadError; RefusedError."""
        try:
            with self._breaker.guard(timeout=self._timeout):
                try:
                    function()
                except DeadError as error:
                    raise TransientError("503") from error
        except TransientError as error:
            raise DeadError from error
        except CircuitBreakerOpenError as error:
            raise RefusedError from error

"""The peer: aws-lambda-powertools' circuit breaker in the same fleet, its own code unchanged.

It counts in each environment, in dictionaries of its module, by the circuit's name; here each
environment has a name of its own for them, and all names stand for one record. Its clock, and whom
it takes itself for, are the simulation's while it runs.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    base,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as persistence
from aws_lambda_powertools.utilities.circuit_breaker.persistence.base import (
    CircuitBreakerExistingLockError,
    CircuitBreakerPersistenceLayer,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState, CircuitTransition
from greenlet import getcurrent  # type: ignore[import-untyped] # it has no types

from breakwater.resilience.circuit import BreakerSettings
from tests.benchmarks.simulation.contest import SERVICE, BrokenError, Calls, RefusedError
from tests.benchmarks.simulation.kernel import Kernel
from tests.benchmarks.simulation.partition import READ, Partition, ThrottledError


class Record(CircuitBreakerPersistenceLayer):
    """One environment's view of the one record; conditions as its DynamoDB layer sends them."""

    def __init__(
        self, kernel: Kernel, partition: Partition, shared: dict[str, CircuitStateRecord]
    ) -> None:
        super().__init__()
        self._kernel = kernel
        self._shared = shared
        self._partition = partition

    def _get_record(self, name: str) -> CircuitStateRecord | None:
        self._partition.enter("reads", READ)
        record = self._shared.get("it")
        self._partition.leave()
        return None if record is None else replace(record, name=name)

    def _put_record(
        self,
        record: CircuitStateRecord,
        condition: str | None = None,
        expected_opened_at: int | None = None,
    ) -> None:
        self._partition.enter("writes", 1.0)
        is_taken = condition == "half_open" and not self._is_free(expected_opened_at)
        if not is_taken:
            self._shared["it"] = record
        self._partition.leave()
        if is_taken:
            raise CircuitBreakerExistingLockError

    def _update_record(self, record: CircuitStateRecord) -> None:
        self._partition.enter("writes", 1.0)
        self._shared["it"] = record
        self._partition.leave()

    def _is_free(self, opened_at: int | None) -> bool:
        record = self._shared.get("it")
        if record is None:
            return False
        if record.state is CircuitState.OPEN:
            return record.half_open_owner is None and record.opened_at == opened_at
        lease = record.probe_lease_expiry
        is_over = lease is not None and lease <= int(self._kernel.time())
        return record.state is CircuitState.HALF_OPEN and is_over


class Powertools:
    """A fleet of environments with powertools' breaker, and one record."""

    def __init__(
        self, kernel: Kernel, partition: Partition, calls: Calls, settings: BreakerSettings
    ) -> None:
        self._kernel = kernel
        self._partition = partition
        self._calls = calls
        self._config = CircuitBreakerConfig(
            failure_threshold=settings.fail_max,
            recovery_timeout=int(settings.reset_timeout),
            success_threshold=settings.successes_to_close,
        )
        self._shared: dict[str, CircuitStateRecord] = {}

    def caller(self, number: int) -> Callable[[Callable[[], None]], None]:
        """Return how one environment makes a guarded call."""
        guarded: Callable[..., Any] = circuit_breaker(
            f"{SERVICE}-{number}",
            Record(self._kernel, self._partition, self._shared),
            on_transition=self._note,
            config=self._config,
        )(lambda function: function())

        def call(function: Callable[[], None]) -> None:
            try:
                guarded(function)
            except CircuitBreakerOpenError as error:
                raise RefusedError from error
            except ThrottledError as error:  # taking the probe is not shielded from its storage
                raise BrokenError from error

        return call

    def _note(self, transition: CircuitTransition) -> None:
        match transition.from_state, transition.to_state:
            case CircuitState.CLOSED, CircuitState.OPEN:
                self._calls.opened()
            case _, CircuitState.HALF_OPEN:
                self._calls.probes += 1
            case _, CircuitState.CLOSED:
                self._calls.closed()


@contextmanager
def in_simulation(kernel: Kernel) -> Iterator[None]:
    """Give the library the simulation's clock, and an owner for each environment."""
    moment = SimpleNamespace(now=lambda: datetime.fromtimestamp(kernel.time()))  # noqa: DTZ006
    clock = SimpleNamespace(datetime=moment)
    lines = logging.getLogger("aws_lambda_powertools.utilities.circuit_breaker")
    level = lines.level
    lines.setLevel(logging.CRITICAL)
    with (
        patch.object(base, "dt", clock),
        patch.object(persistence, "dt", clock),
        patch.object(base, "_probe_owner_id", lambda: f"environment-{id(getcurrent())}"),
    ):
        try:
            yield
        finally:
            lines.setLevel(level)
            for counters in (
                base._LOCAL_FAILURES,
                base._LOCAL_SUCCESSES,
                base._LAST_OBSERVED_STATE,
            ):
                counters.clear()

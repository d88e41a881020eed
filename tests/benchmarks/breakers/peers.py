"""Other breakers in the same harness, each set to what ours is set to.

Those that the project does not depend on are imported from a folder of their own, when a process
first needs them.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
)

from tests.proofs.processes_fleet import Participant, RefusedError, Shape
from tests.proofs.processes_ours import dynamodb

POWERTOOLS_TABLE = "powertools"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's breaker keeps its state, and where its package is."""

    endpoint: str
    redis: str
    packages: str
    service: str


class Powertools:
    """aws-lambda-powertools' circuit breaker with its DynamoDB persistence."""

    def __init__(self, place: Place, shape: Shape) -> None:
        store = CircuitBreakerDynamoDBPersistence(
            table_name=POWERTOOLS_TABLE, boto3_client=dynamodb(place.endpoint)
        )
        config = CircuitBreakerConfig(
            failure_threshold=shape.fail_max,
            recovery_timeout=int(shape.reset_timeout),
            success_threshold=1,
            local_cache_max_age=int(shape.window),
        )
        self._call: Callable[..., Any] = circuit_breaker(place.service, store, config=config)(_call)

    def call(self, function: Callable[[], None]) -> None:
        try:
            self._call(function)
        except CircuitBreakerOpenError as error:
            raise RefusedError from error


class PyBreaker:
    """pybreaker, in each process its own, or shared through Redis."""

    def __init__(self, place: Place, shape: Shape, *, shares: bool) -> None:
        package = imported("pybreaker", place)
        storage = package.CircuitMemoryStorage(package.STATE_CLOSED)
        if shares:
            client = imported("redis", place).StrictRedis.from_url(place.redis)
            storage = package.CircuitRedisStorage(
                package.STATE_CLOSED, client, namespace=place.service
            )
        self._open_error = package.CircuitBreakerError
        self._breaker = package.CircuitBreaker(
            fail_max=shape.fail_max,
            reset_timeout=shape.reset_timeout,
            state_storage=storage,
            throw_new_error_on_trip=False,
        )

    def call(self, function: Callable[[], None]) -> None:
        try:
            self._breaker.call(function)
        except self._open_error as error:
            raise RefusedError from error


class Purgatory:
    """purgatory, shared through Redis: its asynchronous form, the other does not await its own."""

    def __init__(self, place: Place, shape: Shape) -> None:
        package = imported("purgatory", place)
        self._open_error = imported("purgatory.domain.model", place).OpenedState
        self._service = place.service
        self._factory = package.AsyncCircuitBreakerFactory(
            default_threshold=shape.fail_max,
            default_ttl=shape.reset_timeout,
            uow=package.AsyncRedisUnitOfWork(place.redis),
        )
        self._runner = asyncio.Runner()
        self._runner.run(self._factory.initialize())

    def call(self, function: Callable[[], None]) -> None:
        try:
            self._runner.run(self._guarded(function))
        except self._open_error as error:
            raise RefusedError from error

    async def _guarded(self, function: Callable[[], None]) -> None:
        async with await self._factory.get_breaker(self._service):
            function()


def powertools(place: Place, shape: Shape) -> Participant:
    return Powertools(place, shape)


def pybreaker(place: Place, shape: Shape) -> Participant:
    return PyBreaker(place, shape, shares=False)


def pybreaker_redis(place: Place, shape: Shape) -> Participant:
    return PyBreaker(place, shape, shares=True)


def purgatory_redis(place: Place, shape: Shape) -> Participant:
    return Purgatory(place, shape)


def imported(name: str, place: Place) -> Any:
    """Return a package from the peers' own folder."""
    if place.packages not in sys.path:
        # At the end: what the project depends on comes first.
        sys.path.append(place.packages)
    return import_module(name)


def _call(function: Callable[[], None]) -> None:
    function()

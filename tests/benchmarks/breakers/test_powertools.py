"""Why aws-lambda-powertools' own circuit breaker is not used, reproduced without timing.

An environment here is what a Lambda environment is to it: a persistence layer with its cache, and
the module's counters. Both breakers keep their circuit in the same emulated DynamoDB, and their
callers take turns in the same order.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from aws_lambda_powertools.utilities import circuit_breaker as powertools
from aws_lambda_powertools.utilities.circuit_breaker import base
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as store_base
from aws_lambda_powertools.utilities.circuit_breaker.persistence import dynamodb as store_dynamodb
from moto import mock_aws

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, State
from tests.fakes.aws import create_tables
from tests.fakes.clock import FakeClock

THRESHOLD = 5
Caller = Callable[[Callable[[], None]], None]


class Service:
    """Counts its calls; each fails while it is dead."""

    def __init__(self) -> None:
        self.reached = 0
        self.is_dead = True

    def call(self) -> None:
        self.reached += 1
        if self.is_dead:
            raise TransientError("503")


class PowertoolsEnvironment:
    """One environment's powertools: `enter` makes its module-level counters the current ones."""

    def __init__(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self._counters: dict[str, dict[str, Any]] = {
            name: {} for name in ("_LOCAL_FAILURES", "_LOCAL_SUCCESSES", "_LAST_OBSERVED_STATE")
        }
        self.store = CircuitBreakerDynamoDBPersistence("powertools", boto3_client=client)
        config = powertools.CircuitBreakerConfig(failure_threshold=THRESHOLD)
        guard = powertools.circuit_breaker("vendor", self.store, config=config)
        self._guarded: Caller = guard(lambda function: function())

    def enter(self) -> None:
        for name, counters in self._counters.items():
            self._patch.setattr(base, name, counters)

    def call(self, function: Callable[[], None]) -> None:
        self.enter()
        with suppress(TransientError, powertools.CircuitBreakerOpenError):
            self._guarded(function)


class OurEnvironment:
    """One environment's breaker."""

    def __init__(self, client: Any, clock: FakeClock) -> None:
        store = DynamoBreakerStore(client, circuits_table="circuits", events_table="events")
        self._breaker = CircuitBreaker(
            "vendor", settings=BreakerSettings(fail_max=THRESHOLD), store=store, time=clock
        )

    def call(self, function: Callable[[], None]) -> None:
        with suppress(TransientError, CircuitBreakerOpenError):
            self._breaker.call(function, timeout=30.0)


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        made: Any = botocore.session.get_session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        create_tables(made)
        made.create_table(
            TableName="powertools",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        yield made


@pytest.fixture
def theirs(
    client: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], PowertoolsEnvironment]:
    time = SimpleNamespace(datetime=SimpleNamespace(now=clock.now))
    for module in (base, store_base, store_dynamodb):
        monkeypatch.setattr(module, "dt", time)
    return lambda: PowertoolsEnvironment(client, monkeypatch)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ours(client: Any, clock: FakeClock) -> Callable[[], OurEnvironment]:
    return lambda: OurEnvironment(client, clock)


def reached(environments: list[Any], rounds: int) -> int:
    """Return how many calls reach a dead service when all call in turn."""
    service = Service()
    for _ in range(rounds):
        for environment in environments:
            environment.call(service.call)
    return service.reached


@pytest.mark.parametrize("fleet", [1, 10, 50])
def test__powertools__counts_in_each_environment(
    theirs: Callable[[], PowertoolsEnvironment], fleet: int
) -> None:
    assert reached([theirs() for _ in range(fleet)], rounds=THRESHOLD + 3) == fleet * THRESHOLD


@pytest.mark.parametrize("fleet", [1, 10, 50])
def test__breakwater__counts_in_the_fleet(ours: Callable[[], OurEnvironment], fleet: int) -> None:
    # Those that have counted a failure trust what they read for a window: one more call for each
    # but the one that has opened the circuit.
    most = THRESHOLD + min(fleet, THRESHOLD) - 1
    assert reached([ours() for _ in range(fleet)], rounds=THRESHOLD + 3) == most


def test__environments_that_call_once__never_trip_powertools(
    client: Any, theirs: Callable[[], PowertoolsEnvironment]
) -> None:
    assert reached([theirs() for _ in range(100)], rounds=1) == 100
    assert "Item" not in client.get_item(TableName="powertools", Key={"id": {"S": "vendor"}})


def test__environments_that_call_once__trip_breakwater(
    ours: Callable[[], OurEnvironment],
) -> None:
    assert reached([ours() for _ in range(100)], rounds=1) == THRESHOLD


def test__a_failure_from_before_the_recovery__reopens_powertools(
    client: Any, theirs: Callable[[], PowertoolsEnvironment]
) -> None:
    service, late, other = Service(), theirs(), theirs()
    for _ in range(THRESHOLD - 1):
        late.call(service.call)

    def fails_after_the_recovery() -> None:
        for _ in range(THRESHOLD):
            other.call(service.call)
        assert _state_of_powertools(client) == "OPEN"
        # What the other environment's successful probe writes.
        other.store.save_closed("vendor")
        late.enter()
        raise TransientError("503, begun before all that")

    late.call(fails_after_the_recovery)
    assert _state_of_powertools(client) == "OPEN"


def test__a_failure_from_before_the_recovery__leaves_breakwater_closed(
    client: Any, ours: Callable[[], OurEnvironment], clock: FakeClock
) -> None:
    service, late, other = Service(), ours(), ours()
    for _ in range(THRESHOLD - 1):
        late.call(service.call)
    store = DynamoBreakerStore(client, circuits_table="circuits", events_table="events")

    def fails_after_the_recovery() -> None:
        other.call(service.call)
        assert store.read("vendor").state is State.OPEN
        clock.advance(70)
        service.is_dead = False
        other.call(service.call)
        raise TransientError("503, begun before all that")

    late.call(fails_after_the_recovery)
    circuit = store.read("vendor")
    assert (circuit.state, circuit.generation, circuit.failures) == (State.CLOSED, 3, 0)


def _state_of_powertools(client: Any) -> str:
    item = client.get_item(TableName="powertools", Key={"id": {"S": "vendor"}})["Item"]
    return str(item["state"]["S"])

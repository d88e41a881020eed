"""What ServiceNow's circuit sees of its calls, and what they see of it."""

from collections.abc import Iterator

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.domain.records import Since
from breakwater.resilience.circuit import BreakerSettings, State
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from tests.contract.connectors.servicenow.world import World, a_change
from tests.contract.connectors.world import a_client
from tests.fakes.stores import MemoryLeaseStore

LIST, POST = "GET change_request", "POST change_request"
CHANGE = a_change()


@pytest.fixture
def store() -> MemoryBreakerStore:
    return MemoryBreakerStore()


@pytest.fixture
def guarded(world: World, store: MemoryBreakerStore) -> Iterator[World]:
    """A world whose client asks the service's circuit."""
    settings = {"servicenow": ServiceSettings(BreakerSettings())}
    guards = Guards(settings, store=store, slots=MemoryLeaseStore(), time=world.clock)
    with a_client(world.clock, guards=guards) as client:
        yield World(world.vendor, client, world.clock, world.secret)


def opens(guarded: World, store: MemoryBreakerStore) -> None:
    guarded.vendor.fault("status", LIST, count=None, status=503)
    while store.read("servicenow").state is not State.OPEN:
        with pytest.raises((TransientError, CircuitBreakerOpenError)):
            guarded.page(Since())


def test__vendor_is_down__the_circuit_opens_and_nothing_is_sent(
    guarded: World, store: MemoryBreakerStore
) -> None:
    opens(guarded, store)
    asked = guarded.vendor.lists()
    with pytest.raises(CircuitBreakerOpenError) as caught:
        guarded.open(CHANGE)
    assert not caught.value.may_have_applied
    with pytest.raises(CircuitBreakerOpenError):
        guarded.page(Since())
    assert guarded.vendor.lists() == asked
    assert guarded.vendor.effects("opened") == 0


def test__instance_hibernates__its_pages_open_the_circuit_and_close_none(
    guarded: World, store: MemoryBreakerStore
) -> None:
    guarded.vendor.fault("html", count=None)
    for _ in range(2):  # of three tries each
        with pytest.raises((TransientError, CircuitBreakerOpenError)):
            guarded.page(Since())
    assert store.read("servicenow").state is State.OPEN
    guarded.clock.advance(120)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        guarded.integration().probe(guarded.run())
    assert store.read("servicenow").state is State.OPEN


def test__vendor_recovers__a_probe_closes_the_circuit(
    guarded: World, store: MemoryBreakerStore
) -> None:
    opens(guarded, store)
    guarded.vendor.clear_faults()
    while store.read("servicenow").state is not State.CLOSED:
        try:
            guarded.integration().probe(guarded.run())
        except CircuitBreakerOpenError as refused:
            guarded.clock.advance(refused.retry_after)
    assert len(guarded.page(Since()).records) == 5


@pytest.mark.parametrize("status", [400, 404, 409, 429])
def test__refusals__say_nothing_against_its_health(
    guarded: World, store: MemoryBreakerStore, status: int
) -> None:
    guarded.vendor.fault("status", POST, count=None, status=status)
    for _ in range(10):
        with pytest.raises(Exception, match=str(status)):
            guarded.open(CHANGE)
    assert store.read("servicenow").state is State.CLOSED

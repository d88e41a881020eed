"""A fleet's circuits around one vendor, and the environments that share them."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Generic, TypeVar

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.resilience.circuit import BreakerSettings, Circuit
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from breakwater.services.upkeep import ProbeRun
from tests.contract.connectors.vendor import Vendor
from tests.contract.connectors.world import SOON, World, a_client
from tests.fakes.stores import MemoryLeaseStore

V = TypeVar("V", bound=Vendor)


class Circuits(Generic[V]):
    """Every environment of the world's deployments, with a breaker and, if asked, a bulkhead."""

    bulkhead: int | None = None

    def __init__(self, world: World[V], stack: ExitStack) -> None:
        self.world = world
        self.store, self.slots = MemoryBreakerStore(), MemoryLeaseStore()
        self._stack = stack
        world.deployment = world.with_http(self.client())

    def client(self, seconds: float = SOON, *, limited: bool = True) -> RetryableHTTPClient:
        """Return the client of another environment."""
        clock = self.world.clock
        bulkhead = self.bulkhead if limited else None
        settings: Mapping[str, ServiceSettings] = {
            self.world.vendor.name: ServiceSettings(BreakerSettings(), bulkhead)
        }
        guards = Guards(settings, store=self.store, slots=self.slots, time=clock)
        return self._stack.enter_context(a_client(clock, seconds, guards))

    @property
    def circuit(self) -> Circuit:
        """Return the vendor's circuit as it stands."""
        return self.store.read(self.world.vendor.name)

    def run(self) -> ProbeRun:
        """Return what upkeep probes with."""
        clock = self.world.clock
        return ProbeRun("c", Deadline.after(45, clock.monotonic), clock)

    def probe(self) -> None:
        """Probe as upkeep does, in an environment of its own."""
        self.world.connector(self.client()).probe(self.run())

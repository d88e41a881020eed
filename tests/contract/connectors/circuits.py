"""A fleet's circuits around one vendor, and the environments that share them."""

import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Generic, TypeVar

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.domain.errors import TransientError
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from breakwater.services.upkeep import ProbeRun
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.vendor import Vendor
from tests.contract.connectors.world import SOON, World, a_client
from tests.fakes.stores import MemoryLeaseStore

V = TypeVar("V", bound=Vendor)
ENOUGH = 2
"""Attempts, of three calls each, for the five failures that open a circuit."""
BREAKERS = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]["breakers"]


class Circuits(Generic[V]):
    """Every environment of the world's deployments, with a breaker and production's bulkhead."""

    def __init__(self, world: World[V], subject: Subject[V], stack: ExitStack) -> None:
        self.world, self.subject = world, subject
        self.bulkhead: int | None = BREAKERS.get(subject.name, {}).get("bulkhead")
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

    def opens(self) -> None:
        """Let other work open the circuit, this moment."""
        self.world.vendor.fault("status", self.subject.before[0], count=None, status=503)
        for _ in range(ENOUGH):
            with suppress(TransientError):
                self.world.accept(**self.subject.other).invoke()
        assert self.circuit.state is State.OPEN

    def run(self) -> ProbeRun:
        """Return what upkeep probes with."""
        clock = self.world.clock
        return ProbeRun("c", Deadline.after(45, clock.monotonic), clock)

    def probe(self) -> None:
        """Probe as upkeep does, in an environment of its own."""
        self.world.connector(self.client()).probe(self.run())

"""Breakwater's breaker in a simulated fleet: the real one, with its real fallback."""

from collections.abc import Callable
from random import Random

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.intent import Intent
from breakwater.resilience.observer import Unobserved
from breakwater.resilience.steady import SteadyStore
from breakwater.resilience.store import MemoryBreakerStore, Written
from tests.benchmarks.simulation.contest import SERVICE, Calls, RefusedError
from tests.benchmarks.simulation.kernel import Kernel
from tests.benchmarks.simulation.partition import READ, Partition, ThrottledError
from tests.benchmarks.simulation.service import DeadError

TIMEOUT = 30.0
"""What a call may take; none here takes so long."""


class Item:
    """The one item of the service's circuit. Fulfils BreakerStore."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._memory = MemoryBreakerStore()

    def read(self, service: str) -> Circuit:
        self._enter("reads", READ)
        circuit = self._memory.read(service)
        self._partition.leave()
        return circuit

    def attempt(self, service: str, intent: Intent) -> Written:
        self._enter("writes", 1.0 if intent.change is None else 2.0)
        written = self._memory.attempt(service, intent)
        self._partition.leave()
        return written

    @property
    def is_closed(self) -> bool:
        return self._memory.read(SERVICE).state is State.CLOSED

    def _enter(self, kind: str, units: float) -> None:
        try:
            self._partition.enter(kind, units)
        except ThrottledError as error:
            raise StorageUnavailableError("throttled", is_throttle=True) from error


class Watch(Unobserved):
    """Notes what the fleet's breakers do to the circuit, and when."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def changed(self, before: Circuit, after: Circuit) -> None:
        if (before.state, after.state) == (State.CLOSED, State.OPEN):
            self._calls.opened()
        elif after.state is State.CLOSED:
            self._calls.closed()

    def probed(self, circuit: Circuit) -> None:
        self._calls.probes += 1


class Ours:
    """A fleet of environments with a breaker each, and one item."""

    def __init__(
        self,
        kernel: Kernel,
        partition: Partition,
        chance: Random,
        calls: Calls,
        settings: BreakerSettings,
    ) -> None:
        self._kernel = kernel
        self._chance = chance
        self._settings = settings
        self._item = Item(partition)
        self._watch = Watch(calls)

    def caller(self, number: int) -> Callable[[Callable[[], None]], None]:
        """Return how one environment makes a guarded call."""
        breaker = CircuitBreaker(
            SERVICE,
            settings=self._settings,
            store=SteadyStore(self._item, time=self._kernel),
            time=self._kernel,
            observer=self._watch,
            spread=self._chance.random,
        )

        def call(function: Callable[[], None]) -> None:
            try:
                with breaker.guard(timeout=TIMEOUT):
                    try:
                        function()
                    except DeadError as error:
                        raise TransientError("503") from error
            except TransientError as error:
                raise DeadError from error
            except CircuitBreakerOpenError as error:
                raise RefusedError from error

        return call

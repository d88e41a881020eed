"""Upkeep on twins: vendors behind real breakers, on a clock that the test holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from breakwater.domain.errors import (
    ConfigurationError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.ports import Run
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import Written
from breakwater.services.breakers import Breakers
from breakwater.services.upkeep import IDLE_SECONDS, Upkeep
from tests.fakes.clock import FakeClock
from tests.fakes.overview import EIGHT, MemoryCircuits, MemoryOverview

RUN_ID = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"
LIMIT = 45.0
SICK = TransientError("answered 503", service="intune", status_code=503)


class Vendor:
    """A connector of which only the probe is asked, and what its breaker makes of it."""

    def __init__(self, service: str, world: "World") -> None:
        self.error: Exception | None = None
        self.takes = 0.0
        self.given: list[float] = []
        self.runs: list[Run] = []
        self._world = world
        self._breaker = CircuitBreaker(
            service,
            settings=BreakerSettings(),
            store=world.store,
            time=world.time,
            spread=lambda: 0.0,
        )

    def probe(self, run: Run) -> None:
        self.runs.append(run)
        self._breaker.call(lambda: self._answer(run), timeout=30.0)

    def _answer(self, run: Run) -> None:
        self.given.append(run.deadline.remaining)
        self._world.clock.advance(min(self.takes, run.deadline.remaining))
        if self.error is not None:
            raise self.error


class Time:
    """observer.Time on the test's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.now().timestamp()

    def monotonic(self) -> float:
        return self._clock.monotonic()


class PickyStore(MemoryCircuits):
    """A store that does not take writes to one service."""

    refuses: str | None = None

    def attempt(self, service: str, intent: Intent) -> Written:
        if service == self.refuses:
            raise StorageUnavailableError("no")
        return super().attempt(service, intent)


@dataclass
class World:
    """Everything that upkeep looks after."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: PickyStore = field(default_factory=PickyStore)
    measured: list[tuple[str, str]] = field(default_factory=list)
    configured: tuple[str, ...] = ("intune", "jamf", "sccm")

    def __post_init__(self) -> None:
        self.time = Time(self.clock)
        self.vendors = {service: Vendor(service, self) for service in self.configured}
        self.gauge: Callable[[Circuit], None] = lambda circuit: self.measured.append(
            (circuit.service, circuit.state.value)
        )

    @property
    def now(self) -> float:
        return self.time.time()

    def connector(self, service: str) -> Any:
        try:
            return self.vendors[service]
        except KeyError as error:
            raise ConfigurationError(f"there is no connector for {service}") from error

    def upkeep(self) -> Upkeep:
        """Build one environment's upkeep."""
        breakers = Breakers(
            circuits=MemoryOverview(self.store), store=self.store, services=EIGHT, clock=self.clock
        )
        return Upkeep(
            breakers=breakers,
            gauge=lambda circuit: self.gauge(circuit),
            connectors=self.connector,
            configured=self.configured,
            clock=self.clock,
            limit_seconds=LIMIT,
        )

    def sweep(self) -> dict[str, str]:
        return dict(self.upkeep()(RUN_ID))

    def is_open(self, service: str, *, since: float = IDLE_SECONDS) -> None:
        """Let a circuit be open that could have been probed `since` seconds ago."""
        self.store.stands(service, state="open", generation=1, retry_at=self.now - since)

    def state(self, service: str) -> State:
        return self.store.read(service).state

"""A fleet of callers of one service, on one store and one clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import BreakerStore, MemoryBreakerStore, Written
from tests.fakes.circuits import SERVICE
from tests.fakes.clock import FakeClock


class Line:
    """One caller's way to the store: it is counted, and can be cut."""

    def __init__(self, store: BreakerStore, clock: FakeClock) -> None:
        self._store = store
        self._clock = clock
        self.operations: list[str] = []
        self.is_cut = False
        self.throttled: frozenset[str] = frozenset()
        """The operations for which the store asks for less load."""
        self.loses_answers = False
        self.delay = 0.0
        """Seconds that a request takes on a line that is cut."""

    def read(self, service: str) -> Circuit:
        self._pass("read")
        return self._store.read(service)

    def attempt(self, service: str, intent: Intent) -> Written:
        self._pass(intent.name)
        written = self._store.attempt(service, intent)
        if self.loses_answers:
            raise StorageUnavailableError("lost")
        return written

    def _pass(self, operation: str) -> None:
        self.operations.append(operation)
        if self.is_cut:
            self._clock.advance(self.delay)
            raise StorageUnavailableError("cut")
        if operation in self.throttled:
            raise StorageUnavailableError("throttled", is_throttle=True)

    @property
    def writes(self) -> list[str]:
        return [name for name in self.operations if name != "read"]

    @property
    def reads(self) -> int:
        return self.operations.count("read")


class Outrun:
    """A store where others move the circuit under each attempt."""

    def __init__(self, store: BreakerStore) -> None:
        self._store = store

    def read(self, service: str) -> Circuit:
        return self._store.read(service)

    def attempt(self, service: str, intent: Intent) -> Written:
        return Written(False, self._store.read(service))


class Overtaken(Outrun):
    """A store where somebody else does something before the first attempt."""

    def __init__(self, store: BreakerStore, first: Callable[[], object]) -> None:
        super().__init__(store)
        self._first = first

    def attempt(self, service: str, intent: Intent) -> Written:
        self._first()
        self._first = lambda: None
        return self._store.attempt(service, intent)


class Resent(Outrun):
    """A client that sends a claim again, and finds its own."""

    def attempt(self, service: str, intent: Intent) -> Written:
        written = self._store.attempt(service, intent)
        return self._store.attempt(service, intent) if intent.name == "claim" else written


@dataclass
class Recorder:
    """An observer that writes down what it is told."""

    changes: list[tuple[State, State]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def changed(self, before: Circuit, after: Circuit) -> None:
        self.changes.append((before.state, after.state))

    def failed(self, circuit: Circuit) -> None:
        self.told.append("failed")

    def refused(self, circuit: Circuit) -> None:
        self.told.append("refused")

    def probed(self, circuit: Circuit) -> None:
        self.told.append("probed")

    def slow(self, circuit: Circuit, seconds: float) -> None:
        self.told.append(f"slow {seconds:g}")


@dataclass
class Caller:
    """One environment."""

    breaker: CircuitBreaker
    line: Line
    seen: Recorder
    clock: FakeClock

    def succeed(self, *, after: float = 0.0) -> None:
        """Make a call that is answered after some seconds."""
        with self.breaker.guard(timeout=30):
            self.clock.advance(after)

    def fail(
        self,
        *,
        after: float = 0.0,
        error: Exception | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Make a call that fails after some seconds, in which others do something."""
        error = error or TransientError("503", status_code=503)
        try:
            with self.breaker.guard(timeout=30):
                self.clock.advance(after)
                meanwhile()
                raise error
        except type(error):
            return

    def refused(self) -> float | None:
        """Make a call; return the seconds after which to come again, or None if it passed."""
        try:
            self.succeed()
        except CircuitBreakerOpenError as error:
            return error.retry_after
        return None


class Fleet:
    """Callers that share a store."""

    def __init__(self, **settings: float) -> None:
        self.clock = FakeClock()
        self.store = MemoryBreakerStore()
        self.settings = BreakerSettings(**settings)  # type: ignore[arg-type]

    def caller(
        self,
        settings: BreakerSettings | None = None,
        wrap: Callable[[BreakerStore], BreakerStore] = lambda store: store,
    ) -> Caller:
        """Return a new environment, with its store `wrap`ped."""
        line, seen = Line(self.store, self.clock), Recorder()
        breaker = CircuitBreaker(
            SERVICE,
            settings=settings or self.settings,
            store=wrap(line),
            time=self.clock,
            observer=seen,
            spread=lambda: 0.5,
        )
        return Caller(breaker, line, seen, self.clock)

    @property
    def circuit(self) -> Circuit:
        """The circuit as it stands."""
        return self.store.read(SERVICE)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Every recorded change, from what to what."""
        return [(change.old, change.new) for _, change in self.store.changes]

    def open(self) -> Caller:
        """Let a caller open the circuit."""
        caller = self.caller()
        for _ in range(self.settings.fail_max):
            caller.fail()
        assert self.circuit.state is State.OPEN
        return caller

    def let_open_time_pass(self) -> None:
        """Move to when the circuit may be probed."""
        retry_at = self.circuit.retry_at
        assert retry_at is not None
        self.clock.advance(retry_at - self.clock.time() + 0.001)

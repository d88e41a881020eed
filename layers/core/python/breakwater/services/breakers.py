"""The circuits as operators see and force them.

What a force writes is what a caller's breaker would: an intent, with its event in the same
transaction. Every environment has it after its next read of the circuit, a cache window later.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from breakwater.domain.errors import StorageUnavailableError
from breakwater.ports import Clock
from breakwater.resilience import intents
from breakwater.resilience.breaker import EXPIRED, SYSTEM
from breakwater.resilience.circuit import Circuit, Mode
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.intent import Intent
from breakwater.resilience.observer import Observer, Unobserved
from breakwater.resilience.store import BreakerStore, applied, to_circuit, values_of

Step = Callable[[Circuit, float], Intent | None]
"""What to write to a circuit at a time, or None where it stands as it should."""

TRIES = 8
"""How many writes one request may lose to others."""


@dataclass(frozen=True, slots=True)
class Override:
    """What an operator asks for; `seconds` is None with `automatic` only."""

    mode: Mode
    reason: str
    seconds: float | None


class Circuits(Protocol):
    """Circuits as they stand, for those who look at many at once."""

    def read(self, services: Sequence[str]) -> Mapping[str, Circuit]:
        """Return each service's circuit, consistently. Raises StorageUnavailableError."""
        ...


class Breakers:
    """Reads circuits, forces them, and gives them back. Raises StorageUnavailableError."""

    def __init__(
        self,
        *,
        circuits: Circuits,
        store: BreakerStore,
        services: Collection[str],
        clock: Clock,
        observer: Observer | None = None,
        limit_seconds: float = 2.0,
    ) -> None:
        """Bind to the stores; `limit_seconds` is after how long no further write is begun."""
        self.services = tuple(services)
        self._circuits = circuits
        self._store = store
        self._clock = clock
        self._observer = observer or Unobserved()
        self._limit = limit_seconds

    def read(self, service: str) -> Circuit:
        """Return a circuit as its next caller finds it: an expired override is none."""
        return self._found(self._circuits.read([service]))[service]

    def read_all(self) -> Mapping[str, Circuit]:
        """Return every service's circuit likewise, by service."""
        return self._found(self.stored())

    def stored(self) -> Mapping[str, Circuit]:
        """Return every service's circuit as it stands, by service."""
        return self._circuits.read(self.services)

    def override(self, service: str, wanted: Override, *, by: str) -> Circuit:
        """Put a circuit into the wanted mode; nothing is written where no override is to end."""
        deadline = self._deadline()

        def step(circuit: Circuit, now: float) -> Intent | None:
            mode, reason, seconds = wanted.mode, wanted.reason, wanted.seconds
            if seconds is not None:
                until = now + seconds
                return intents.override(
                    circuit, mode=mode, reason=reason, by=by, until=until, now=now
                )
            if circuit.override_mode is None:
                return None
            return intents.to_automatic(circuit, reason=reason, by=by, now=now)

        return self._write(self._circuits.read([service])[service], step, deadline)

    def lapse(self, circuit: Circuit) -> Circuit:
        """End an override whose time is over, once, whoever else tries; return the circuit."""
        return self._write(circuit, lambda _circuit, _now: None, self._deadline())

    def _write(self, circuit: Circuit, step: Step, deadline: Deadline) -> Circuit:
        """Write what `step` says, after the end of an override that is over."""
        for _ in range(TRIES):
            now = self._clock.now().timestamp()
            over = lapse(circuit, now)
            intent = over or step(circuit, now)
            if intent is None:
                return circuit
            if deadline.passed:
                raise StorageUnavailableError("the circuits take too long to answer")
            before, written = circuit, self._store.attempt(circuit.service, intent)
            circuit = written.circuit
            if written.won:
                self._observer.changed(before, circuit)
                if intent is not over:
                    return circuit
        raise StorageUnavailableError(f"others keep changing the circuit of {circuit.service}")

    def _found(self, stored: Mapping[str, Circuit]) -> Mapping[str, Circuit]:
        now = self._clock.now().timestamp()
        return {service: as_found(circuit, now) for service, circuit in stored.items()}

    def _deadline(self) -> Deadline:
        return Deadline.after(self._limit, self._clock.monotonic)


def lapse(circuit: Circuit, now: float) -> Intent | None:
    """Return what ends an override that is over; None where there is nothing to end."""
    until = circuit.override_until
    if circuit.override_mode is None or (until is not None and until > now):
        return None
    return intents.to_automatic(circuit, reason=EXPIRED, by=SYSTEM, now=now)


def as_found(circuit: Circuit, now: float) -> Circuit:
    """Return the circuit as its next caller finds it: ended, if its override is over."""
    ended = lapse(circuit, now)
    if ended is None:
        return circuit
    found = to_circuit(circuit.service, applied(ended, values_of(circuit)))
    # It may be tried again since the override's end, not since somebody looks.
    return replace(found, retry_at=found.retry_at and circuit.override_until)

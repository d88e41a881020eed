"""A store that always answers, so that guarded calls are never failed by the breaker's storage.

While the shared store does not answer: the last known circuits, up to an age; after that a local
window that starts closed. Either way this environment's own failures still count, and still open
the circuit for it. A small breaker of its own keeps a dead store from being waited for each time.

A store that throttles is not down: it serves others, one of whom probes. So who was throttled does
not claim a probe on its own memory, or all of a large fleet would; it is put off for a while.
"""

import logging
from dataclasses import dataclass

from breakwater.domain.errors import BreakwaterError, StorageUnavailableError
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.intent import Intent
from breakwater.resilience.observer import Time
from breakwater.resilience.store import BreakerStore, MemoryBreakerStore, Written, values_of

logger = logging.getLogger(__name__)

PROBING = frozenset({"claim", "reclaim"})
"""What makes its writer the prober."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageSettings:
    """How an environment lives without the shared store. Times in seconds."""

    fail_max: int = 2
    """Consecutive storage failures after which it is left alone for a while."""
    pause: float = 5.0
    max_age: float = 60.0
    """How old what is known of a circuit may be, before a local window begins."""
    yields: float = 40.0
    """How long a claim that was throttled is put off: a lease, in which others' are judged."""


class Outage:
    """Whether a store is left alone for a while, because it failed several times in a row."""

    def __init__(self, name: str, *, time: Time, settings: OutageSettings) -> None:
        """Watch over one store; `name` is for the log."""
        self._name = name
        self._time = time
        self._settings = settings
        self._failures = 0
        self._until = float("-inf")

    @property
    def lasts(self) -> bool:
        """Whether the store is not to be asked now."""
        return self._time.monotonic() < self._until

    def heard(self) -> None:
        """Note that the store answered."""
        self._failures = 0

    def missed(self, error: BreakwaterError) -> None:
        """Note that it did not."""
        self._failures += 1
        if self._failures < self._settings.fail_max:
            return
        self._until = self._time.monotonic() + self._settings.pause
        # The next failure after the pause is enough.
        self._failures = self._settings.fail_max - 1
        logger.warning("%s is left alone for a while: %s", self._name, error)


class SteadyStore:
    """BreakerStore over one that may be down; it never raises StorageUnavailableError."""

    def __init__(
        self, remote: BreakerStore, *, time: Time, settings: OutageSettings | None = None
    ) -> None:
        self._remote = remote
        self._time = time
        self._settings = settings or OutageSettings()
        self._outage = Outage("breaker storage", time=time, settings=self._settings)
        self._local = MemoryBreakerStore()
        self._known_at: dict[str, float] = {}
        self._is_throttled = False
        """Whether the last miss was one, and nothing was answered since."""
        self._put_off: dict[str, tuple[int, float]] = {}
        """Since when a claim has been put off, and under which generation."""

    def read(self, service: str) -> Circuit:
        """Return the shared circuit, or what is known of it here."""
        if not self._outage.lasts:
            try:
                return self._heard(service, self._remote.read(service))
            except StorageUnavailableError as error:
                self._missed(error)
        return self._own(service).read(service)

    def attempt(self, service: str, intent: Intent) -> Written:
        """Write to the shared circuit, or to what is known of it here."""
        if not self._outage.lasts:
            try:
                written = self._remote.attempt(service, intent)
            except StorageUnavailableError as error:
                self._missed(error)
            else:
                self._heard(service, written.circuit)
                self._put_off.pop(service, None)
                return written
        own = self._own(service)
        if intent.name in PROBING and self._puts_off(service, intent.before.generation):
            return Written(False, own.read(service), put_off=True)
        return own.attempt(service, intent)

    def _missed(self, error: StorageUnavailableError) -> None:
        self._outage.missed(error)
        self._is_throttled = error.is_throttle

    def _puts_off(self, service: str, generation: int) -> bool:
        """Whether a claim waits for others', which ends: the circuit must close again."""
        if not self._is_throttled:
            return False
        now = self._time.monotonic()
        under, since = self._put_off.get(service, (generation, now))
        if under != generation:
            since = now
        self._put_off[service] = generation, since
        return now - since <= self._settings.yields

    def _heard(self, service: str, circuit: Circuit) -> Circuit:
        self._outage.heard()
        self._is_throttled = False
        self._known_at[service] = self._time.monotonic()
        self._local.items[service] = values_of(circuit)
        return circuit

    def _own(self, service: str) -> MemoryBreakerStore:
        """Return the local store, with the window begun anew where what it knows is too old."""
        known_at = self._known_at.get(service)
        now = self._time.monotonic()
        if known_at is None or now - known_at > self._settings.max_age:
            self._local.items.pop(service, None)
            # The window is all that will be known until the store answers: it does not age.
            self._known_at[service] = float("inf")
        return self._local

"""What stands between one caller and the store in the stateful proof, and everybody's time."""

from enum import Enum, auto
from typing import Protocol

from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import BreakerStore, Written

START = 1_700_000_000.0
COUNTS = {"join_run", "begin_run"}
"""What is not sent again after a lost reply: the second would count twice."""


class Clock:
    """The world's time, which only the machine moves."""

    def __init__(self) -> None:
        self.now = START


class CallersTime:
    """A caller's view of it: as wrong as its clock."""

    def __init__(self, clock: Clock, skew: float) -> None:
        self._clock = clock
        self.skew = skew

    def time(self) -> float:
        return self._clock.now + self.skew

    def monotonic(self) -> float:
        return self._clock.now - START


class Fault(Enum):
    """What can happen to one request to the store."""

    THROTTLED = auto()
    """Refused before anything was applied."""
    LOST = auto()
    """Applied; the answer never came."""
    LATE = auto()
    """Not answered in time, and applied at any later moment."""
    RESENT = auto()
    """Applied, its answer lost, and sent once more by the client."""
    STALE = auto()
    """Read from a replica that has not heard of the last write yet."""
    DIES_BEFORE = auto()
    """The caller dies before its request leaves."""
    DIES_AFTER = auto()
    """The caller dies when its request has been applied."""


class Died(BaseException):
    """The environment is gone in the middle of what it did."""


class Witness(Protocol):
    """Who is told of every request that reached the store."""

    def attempted(self, before: Circuit, intent: Intent, after: Circuit, *, won: bool) -> None: ...

    def disturbed(self) -> None: ...

    def stale(self) -> Circuit | None: ...


class Wire:
    """One caller's way to the store: what is armed happens to its next requests, in turn."""

    def __init__(self, store: BreakerStore, witness: Witness) -> None:
        self._store = store
        self._witness = witness
        self.armed: list[Fault] = []
        self.is_cut = False
        self.late: list[tuple[str, Intent]] = []
        self.attempts = 0

    def read(self, service: str) -> Circuit:
        match self._next():
            case None | Fault.RESENT:
                return self._store.read(service)
            case Fault.STALE:
                return self._witness.stale() or self._store.read(service)
            case Fault.DIES_BEFORE | Fault.DIES_AFTER:
                raise Died
            case _:
                raise StorageUnavailableError("armed")

    def attempt(self, service: str, intent: Intent) -> Written:
        self.attempts += 1
        fault = self._next()
        if fault is Fault.DIES_BEFORE:
            raise Died
        if fault is Fault.LATE:
            self.late.append((service, intent))
        if fault in {Fault.LATE, Fault.THROTTLED}:
            raise StorageUnavailableError("armed")
        written = self._land(service, intent)
        if fault is Fault.DIES_AFTER:
            raise Died
        if fault is Fault.LOST:
            raise StorageUnavailableError("armed")
        # A transaction carries a token: sent again, it answers as it did.
        if fault is Fault.RESENT and intent.change is None and intent.name not in COUNTS:
            return self._land(service, intent)
        return written

    def land_late(self) -> None:
        """Apply what was not answered in time, wherever the circuit is by now."""
        late, self.late = self.late, []
        for service, intent in late:
            self._land(service, intent)

    def _land(self, service: str, intent: Intent) -> Written:
        before = self._store.read(service)
        written = self._store.attempt(service, intent)
        self._witness.attempted(before, intent, self._store.read(service), won=written.won)
        return written

    def _next(self) -> Fault | None:
        fault = Fault.THROTTLED if self.is_cut else self.armed.pop(0) if self.armed else None
        if fault not in {None, Fault.RESENT, Fault.STALE}:
            self._witness.disturbed()
        return fault

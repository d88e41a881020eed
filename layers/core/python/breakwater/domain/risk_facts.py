"""What the risk model looks at: each fact is one of a few words, from the least risk to the most.

What can be counted (devices, past failures) is put into bands here, so that the model itself is a
table of words and points.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from breakwater.domain.status import Status

JUDGED = frozenset({Status.SUCCESS, Status.FAILED, Status.UNKNOWN})
"""The ends that say something of a deployment; one that was called off says nothing."""


class Reach(StrEnum):
    """How many devices get it."""

    UP_TO_10 = "up to 10"
    UP_TO_100 = "up to 100"
    UP_TO_1000 = "up to 1,000"
    UP_TO_10000 = "up to 10,000"
    MORE = "more"

    @classmethod
    def of(cls, devices: int) -> "Reach":
        """Return the band of a number of devices."""
        limits = {
            10: cls.UP_TO_10,
            100: cls.UP_TO_100,
            1_000: cls.UP_TO_1000,
            10_000: cls.UP_TO_10000,
        }
        return next((band for limit, band in limits.items() if devices <= limit), cls.MORE)


class Ring(StrEnum):
    """Which part of the fleet gets it: those who are to find faults first, or everybody."""

    CANARY = "canary"
    PILOT = "pilot"
    EARLY = "early"
    BROAD = "broad"
    ALL = "all"


class Criticality(StrEnum):
    """What stands still if the devices do."""

    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"
    CRITICAL = "critical"


class Privilege(StrEnum):
    """What the package may do on a device while it is installed, or once it is."""

    USER = "user"
    ADMIN = "admin"
    SYSTEM = "system"
    KERNEL = "kernel"


class Provenance(StrEnum):
    """Where the package comes from, as far as that can be shown."""

    ATTESTED = "attested"
    VENDOR = "vendor"
    REPACKAGED = "repackaged"
    UNKNOWN = "unknown"


class Signature(StrEnum):
    """Whether somebody who is trusted has signed it."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    NONE = "none"


class Evidence(StrEnum):
    """Where this version was seen to work."""

    PRODUCTION = "production"
    STAGING = "staging"
    LAB = "lab"
    NONE = "none"


class Rollback(StrEnum):
    """How it is undone."""

    AUTOMATIC = "automatic"
    TESTED = "tested"
    DOCUMENTED = "documented"
    NONE = "none"


class Window(StrEnum):
    """Whether a change window was agreed on and is not over."""

    AGREED = "agreed"
    NONE = "none"
    OVER = "over"


class Record(StrEnum):
    """How past deployments of this package by this connector have ended."""

    CLEAN = "none failed"
    NEW = "never deployed"
    RARE = "up to a tenth failed"
    SOME = "up to a quarter failed"
    MANY = "up to half failed"
    MOST = "more failed"


class Health(StrEnum):
    """What the circuit breaker of the connector's service says."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    FORCED_CLOSED = "forced closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class History:
    """How many deployments have ended, of those that are looked at, and how many of them badly."""

    ended: int
    failed: int

    @classmethod
    def of(cls, ends: Iterable[Status]) -> "History":
        """Return what ends that are JUDGED say; of an UNKNOWN one the worst is assumed."""
        failed = [status is not Status.SUCCESS for status in ends]
        return cls(len(failed), sum(failed))

    @property
    def record(self) -> Record:
        """The band of its share of failures."""
        if not self.ended:
            return Record.NEW
        if not self.failed:
            return Record.CLEAN
        shares = {10: Record.RARE, 4: Record.SOME, 2: Record.MANY}
        bands = (band for part, band in shares.items() if self.failed * part <= self.ended)
        return next(bands, Record.MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a score depends on; nothing else does."""

    devices: int
    ring: Ring
    criticality: Criticality
    privilege: Privilege
    provenance: Provenance
    signature: Signature
    evidence: Evidence
    rollback: Rollback
    window: Window
    history: History
    health: Health

    @property
    def reach(self) -> Reach:
        """The band of `devices`."""
        return Reach.of(self.devices)

    @property
    def record(self) -> Record:
        """The band of `history`."""
        return self.history.record

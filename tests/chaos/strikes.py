"""Every fault that was injected: what, when, and into whose work.

What a fault can do to a task decides what it may explain: only one that leaves in doubt whether an
effect happened, or whether that it happened was noted, is a reason for UNKNOWN.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

EVERYBODY = "everybody"
"""Whose work is hit where all of AWS goes down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One fault that has fired.

    `whose` is a task's id or its correlation id, or EVERYBODY; None where no task is recognised.
    """

    kind: str
    """What fired, such as `dynamodb: lost reply`."""
    whose: str | None
    into: str
    """The request or process that it hit."""
    casts_doubt: bool
    at: float = field(default_factory=time.time)
    """Unix seconds."""
    until: float | None = None
    """The last moment at which it can have hit, where it is not known better."""

    def hits(self, since: float, until: float) -> bool:
        """Whether it can have hit between two moments."""
        return self.at <= until and (self.until or self.at) >= since


class Strikes:
    """A run's faults, added by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._strikes: list[Strike] = []

    def add(self, strike: Strike) -> None:
        """Remember a fault that has fired."""
        with self._lock:
            self._strikes.append(strike)

    def extend(self, strikes: Iterable[Strike]) -> None:
        """Remember faults that somebody else has counted."""
        with self._lock:
            self._strikes.extend(strikes)

    def all(self) -> list[Strike]:
        """Return every fault so far, oldest first."""
        with self._lock:
            return sorted(self._strikes, key=lambda strike: strike.at)

    def fired(self) -> Counter[str]:
        """Return how often each kind has fired."""
        return Counter(strike.kind for strike in self.all())

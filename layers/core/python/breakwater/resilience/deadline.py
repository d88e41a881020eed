"""A point in time that every wait below it respects."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock, handed down so that inner limits never outlive outer ones."""

    at: float
    monotonic: Callable[[], float] = field(repr=False)

    @classmethod
    def after(cls, seconds: float, monotonic: Callable[[], float]) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(at=monotonic() + seconds, monotonic=monotonic)

    @property
    def remaining(self) -> float:
        """Seconds left; 0.0 once it has passed."""
        return max(0.0, self.at - self.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining <= 0.0

    def within(self, seconds: float) -> "Deadline":
        """Return the earlier of this deadline and one `seconds` from now."""
        return Deadline(at=min(self.at, self.monotonic() + seconds), monotonic=self.monotonic)

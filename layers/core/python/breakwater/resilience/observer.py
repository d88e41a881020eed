"""What a breaker needs to know of time, and whom it tells what it sees."""

from typing import Protocol

from breakwater.resilience.circuit import Circuit


class Time(Protocol):
    """The two clocks that a breaker reads."""

    def time(self) -> float:
        """Return Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...


class Observer(Protocol):
    """Who is told what a breaker sees; each call is for one service."""

    def changed(self, before: Circuit, after: Circuit) -> None:
        """Note that this caller's write moved the circuit."""
        ...

    def failed(self, circuit: Circuit) -> None:
        """Note a failure that counts."""
        ...

    def refused(self, circuit: Circuit) -> None:
        """Note a refused call."""
        ...

    def probed(self, circuit: Circuit) -> None:
        """Note that a probe starts."""
        ...

    def slow(self, circuit: Circuit, seconds: float) -> None:
        """Note an answer later than the slow-call limit."""
        ...


class Unobserved:
    """An observer that tells nobody."""

    def changed(self, before: Circuit, after: Circuit) -> None:
        """Tell nobody."""

    def failed(self, circuit: Circuit) -> None:
        """Tell nobody."""

    def refused(self, circuit: Circuit) -> None:
        """Tell nobody."""

    def probed(self, circuit: Circuit) -> None:
        """Tell nobody."""

    def slow(self, circuit: Circuit, seconds: float) -> None:
        """Tell nobody."""

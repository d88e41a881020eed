"""What a fleet's breakers have in common here: how they are called, and what is noted of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.benchmarks.simulation.kernel import Kernel

SERVICE = "intune"


class RefusedError(Exception):
    """The breaker did not let a call pass."""


class BrokenError(Exception):
    """The breaker failed a call because its own storage did."""


class Contestant(Protocol):
    """A fleet's breakers."""

    def caller(self, number: int) -> Callable[[Callable[[], None]], None]:
        """Return how environment `number` makes a guarded call.

        That raises RefusedError, BrokenError, or what the call raises.
        """
        ...


@dataclass(slots=True)
class Calls:
    """What the breakers did."""

    kernel: Kernel
    refused: int = 0
    broken: int = 0
    probes: int = 0
    opened_at: list[float] = field(default_factory=list)
    closed_at: list[float] = field(default_factory=list)

    def opened(self) -> None:
        """Note that a closed circuit opens."""
        self.opened_at.append(self.kernel.elapsed)

    def closed(self) -> None:
        """Note that the circuit closes."""
        self.closed_at.append(self.kernel.elapsed)

"""What the stateful proof keeps of a closed generation and of a probe's lease."""

from dataclasses import dataclass, field
from typing import Any

Lane = tuple[int, int]
"""A caller's place in the fleet, and one of the calls that it may have under way at once."""


class ViolationError(AssertionError):
    """A guarantee that did not hold."""


def check(holds: bool, guarantee: str, **facts: Any) -> None:
    """Raise ViolationError unless it holds."""
    if not holds:
        raise ViolationError(f"{guarantee}: {facts}")


@dataclass
class Era:
    """What the service has seen of one closed generation."""

    began_at: float
    failed: int = 0
    """Failed calls whose end was told."""
    reached: int = 0
    """Those, and the ones whose caller died under way."""
    crashes: int = 0
    lanes: set[Lane] = field(default_factory=set)
    clean: bool = True
    """No success, operator or pause that may end a run of failures."""
    remembers: bool = False
    """A caller had a success before, and may hold its first failure back."""
    last_failure: float | None = None


@dataclass
class Lease:
    """A probe's right to be the only one."""

    until: float
    is_used: bool = False
    is_over: bool = False

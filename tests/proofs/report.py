"""What a proof hands back, and how it shows its progress."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Report:
    """What one proof explored, and what it found."""

    explored: str
    violations: int = 0
    mutations_caught: int = 0
    mutations: int = 0
    details: list[str] = field(default_factory=list)
    """Lines for people: bounds that were reached, and each counterexample."""


def show(line: str) -> None:
    """Print one line of progress at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

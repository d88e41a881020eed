"""How long a task may take, as requests ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.api.problems import Fault


@dataclass(frozen=True, slots=True)
class DeadlineBounds:
    """How long a task may take, in seconds: what is assumed, and what may be asked for."""

    default: int
    least: int
    most: int

    def read(self, body: Mapping[str, Any], faults: list[Fault]) -> int:
        """Return the body's `deadline_seconds`, or what is assumed and a fault."""
        seconds = body.get("deadline_seconds", self.default)
        whole = isinstance(seconds, int) and not isinstance(seconds, bool)
        if whole and self.least <= seconds <= self.most:
            return int(seconds)
        faults.append(
            Fault("/deadline_seconds", f"expected a whole number from {self.least} to {self.most}")
        )
        return self.default

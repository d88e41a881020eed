"""How long a task may take, as requests ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.api.bodies import invalid, strangers, whole
from breakwater.api.problems import Fault

FIELD = "deadline_seconds"


@dataclass(frozen=True, slots=True)
class DeadlineBounds:
    """How long a task may take, in seconds: what is assumed, and what may be asked for."""

    default: int
    least: int
    most: int

    def read(self, body: Mapping[str, Any], faults: list[Fault]) -> int:
        """Return the body's `deadline_seconds`, or what is assumed and a fault."""
        seconds = whole(body.get(FIELD, self.default))
        if seconds is not None and self.least <= seconds <= self.most:
            return seconds
        faults.append(
            Fault(f"/{FIELD}", f"expected a whole number from {self.least} to {self.most}")
        )
        return self.default

    def read_alone(self, body: Any) -> int:
        """Return the deadline of a body that may say nothing else. Raises ApiProblem 400."""
        faults = strangers(body, {FIELD})
        seconds = self.read(body, faults)
        if faults:
            raise invalid(faults)
        return seconds

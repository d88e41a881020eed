"""The partition that one hot item has to itself: what it serves in a second, and what it refuses.

Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

from collections import Counter
from random import Random

from tests.benchmarks.simulation.kernel import Kernel

READ_UNITS = 3_000.0
"""A second."""
READ = 0.5
"""What an eventually consistent read of up to 4 KiB takes of them, as everybody's is here."""
WRITE_UNITS = 1_000.0
"""A second; a write of up to 1 KiB takes one, inside a transaction two, refused or not."""


class ThrottledError(Exception):
    """The partition has no unit left."""


class Partition:
    """Answers after a moment, counts each request, and refuses what is beyond its limits."""

    def __init__(
        self, kernel: Kernel, chance: Random, *, read_units: float, write_units: float
    ) -> None:
        self._kernel = kernel
        self._chance = chance
        self._limits = {"reads": read_units, "writes": write_units}
        self._left = dict(self._limits)
        self._filled_at = dict.fromkeys(self._limits, 0.0)
        self.requests = {"reads": Counter[int](), "writes": Counter[int]()}
        """How many came in each second."""
        self.throttled = 0

    def enter(self, kind: str, units: float) -> None:
        """Arrive there. Raises ThrottledError once the answer is back."""
        self._kernel.sleep(self._one_way())
        self.requests[kind][int(self._kernel.elapsed)] += 1
        if not self._takes(kind, units):
            self.throttled += 1
            self.leave()
            raise ThrottledError

    def leave(self) -> None:
        """Bring the answer back."""
        self._kernel.sleep(self._one_way())

    def peak(self, kind: str) -> int:
        """Return the most requests in one second."""
        return max(self.requests[kind].values(), default=0)

    def total(self, kind: str) -> int:
        """Return all requests."""
        return self.requests[kind].total()

    def _takes(self, kind: str, units: float) -> bool:
        now, limit = self._kernel.elapsed, self._limits[kind]
        gained = (now - self._filled_at[kind]) * limit
        self._filled_at[kind] = now
        self._left[kind] = min(limit, self._left[kind] + gained)
        if self._left[kind] < units:
            return False
        self._left[kind] -= units
        return True

    def _one_way(self) -> float:
        # Some 4 ms there and back, now and then many times that.
        return 0.001 + self._chance.expovariate(1_000)

"""Simulated time: thousands of environments that run real, blocking code, one at a time.

Each environment is a greenlet. Where the real code would wait (for an answer, for its next call) it
is put aside until the simulated clock gets there, so that others come between as they would.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped] # it has no types

EPOCH = 1_767_268_800.0


class Kernel:
    """The clock and what waits for it. Fulfils the product's Time and Clock."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        """Seconds since the simulation began."""
        self._is_over = False
        self._waiting: list[tuple[float, int, greenlet]] = []
        self._order = count()
        self._hub = getcurrent()

    def start(self, work: Callable[[], None], *, at: float = 0.0) -> None:
        """Run `work` as an environment of its own from the moment `at` on."""
        self._push(at, greenlet(work))

    def sleep(self, seconds: float) -> None:
        """Put the running environment aside; with the simulation over, let time pass."""
        if self._is_over:
            self.elapsed += seconds
            return
        self._push(self.elapsed + seconds, getcurrent())
        self._hub.switch()

    def run(self, until: float) -> None:
        """Let everything happen that happens before `until`."""
        self._hub = getcurrent()
        while self._waiting and self._waiting[0][0] <= until:
            self.elapsed, _, environment = heapq.heappop(self._waiting)
            environment.switch()
        self.elapsed = until

    def end(self) -> None:
        """Let nobody wait any more: who is put aside is given up."""
        self._is_over = True
        self._waiting.clear()

    def time(self) -> float:
        return EPOCH + self.elapsed

    def monotonic(self) -> float:
        return self.elapsed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def _push(self, moment: float, environment: greenlet) -> None:
        heapq.heappush(self._waiting, (moment, next(self._order), environment))

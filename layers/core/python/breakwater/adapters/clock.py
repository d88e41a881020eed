"""The real clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """ports.Clock on the machine's own clocks, which a guarded call reads three times."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
    time = staticmethod(time.time)

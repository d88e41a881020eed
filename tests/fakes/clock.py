"""A clock that only tests move."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still but for `advance` and `sleep`, which returns at once and is written down."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._start = now
        self._elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def time(self) -> float:
        return self._start.timestamp() + self._elapsed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._elapsed += seconds

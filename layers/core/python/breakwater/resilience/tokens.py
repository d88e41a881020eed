"""A rate that is not exceeded: a bucket that fills with time, of which every call takes a token."""

import threading
from collections.abc import Callable


class TokenBucket:
    """At most `rate` calls in a second over time, `burst` of them at once.

    Callers that have to wait are let through one after another, each at its own moment.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._rate, self._burst = rate, burst
        self._monotonic, self._sleep = monotonic, sleep
        self._tokens, self._at = burst, monotonic()
        self._lock = threading.Lock()

    def take(self, *, patience: float) -> bool:
        """Wait for a token, if it comes within `patience` seconds, and say whether it has."""
        with self._lock:
            now = self._monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            wait = max(0.0, (1.0 - self._tokens) / self._rate)
            if wait > patience:
                return False
            self._tokens -= 1.0  # below none, it is owed to whoever waits
        if wait:
            self._sleep(wait)
        return True

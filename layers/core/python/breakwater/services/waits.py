"""When a task goes on that has to wait, and how tasks that wait together come back apart."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import SystemRandom

from breakwater.domain.attempts import MOST_WAITS
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ParkedError,
    ResourceBusyError,
    ThrottledError,
)
from breakwater.domain.tasks import Task
from breakwater.ports import Clock

COMEBACK_SECONDS = 30.0
"""Over how long, at most, the tasks come back that waited for one circuit."""

LONGEST_PARK = timedelta(seconds=360)
"""An open circuit is asked again after this long at the latest: longer than one opens by itself,
much less than an operator may force it open for, who can also end that at any time."""


def comeback(reset_timeout: float) -> float:
    """Return over how many seconds waiting tasks come back to a circuit: half of its open time."""
    return min(COMEBACK_SECONDS, reset_timeout / 2)


class Waits:
    """Says when a task goes on."""

    def __init__(
        self,
        clock: Clock,
        *,
        poll_interval_seconds: float,
        comeback_seconds: Mapping[str, float] | None = None,
        spread: Callable[[], float] | None = None,
    ) -> None:
        """Bind to a clock; `comeback_seconds` is by service, `spread` gives 0 to 1, evenly."""
        self._clock = clock
        self._poll_interval = timedelta(seconds=poll_interval_seconds)
        self._comeback = comeback_seconds or {}
        self._spread = spread or SystemRandom().random  # a restored snapshot repeats no jitter

    def for_progress(self, task: Task) -> datetime:
        """Return when the vendor is asked again how far it is."""
        return self._not_too_often(task, self._later(self._poll_interval))

    def at_once(self, task: Task) -> datetime:
        """Return when work goes on that waits for nothing."""
        return self._not_too_often(task, self._clock.now())

    def until(self, task: Task, moment: datetime) -> datetime:
        """Return when work goes on that has nothing to do before `moment`."""
        return self._not_too_often(task, moment)

    def after(self, task: Task, error: Exception) -> datetime | None:
        """Return when work that only has to wait goes on; None for what failed."""
        moment = self.named(error)
        return moment and min(task.deadline, self._not_too_often(task, moment))

    def again(
        self, error: Exception, failures: int, between: tuple[timedelta, timedelta]
    ) -> datetime:
        """Return when what has failed is tried again: as `error` says, or after doubling pauses.

        `between` is the shortest and the longest; `failures` is how often it had failed before.
        """
        shortest, longest = between
        now = self._clock.now()
        pause = min(shortest * 2 ** min(failures, 8), longest)
        return max(now + shortest, self.named(error) or now + pause)

    def named(self, error: Exception) -> datetime | None:
        """Return when `error` itself lets work go on, whatever the task; None for what failed."""
        match error:
            case ParkedError():
                return error.until
            case ResourceBusyError():
                return self._later(self._poll_interval)
            case CircuitBreakerOpenError():
                return self._circuit_later(error)
            case ThrottledError():
                return self._later(timedelta(seconds=error.retry_after))
            case _:
                return None

    def _later(self, wait: timedelta) -> datetime:
        return self._clock.now() + wait + self._poll_interval * self._spread() * 0.5

    def _circuit_later(self, error: CircuitBreakerOpenError) -> datetime:
        """Return a moment after the circuit's next try.

        Whoever was refused, at whatever time, learned the same moment: a part of what is left would
        bring those who were refused last all back at once.
        """
        asked = min(timedelta(seconds=error.retry_after), LONGEST_PARK)
        seconds = self._comeback.get(error.service, COMEBACK_SECONDS)
        return self._clock.now() + asked + timedelta(seconds=seconds) * self._spread()

    def _not_too_often(self, task: Task, moment: datetime) -> datetime:
        whole = task.deadline - task.created_at
        return max(moment, self._clock.now() + whole / MOST_WAITS)

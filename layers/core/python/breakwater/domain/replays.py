"""A run that retries many failed tasks: which ones, how fast, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.attempts import MOST_WAITS

MAX_RATE = 600
"""How many tasks a minute a run may retry."""
MOST = 200
"""How many tasks a step retries at most: what its plan has room for."""
MOST_TASKS = MOST * MOST_WAITS
"""How many tasks a run gets to at most, however long it may take."""
TICK = timedelta(seconds=10)
"""How much of a minute's share is retried together."""
SLACK = timedelta(seconds=900)
"""What a run has on top of twice the time that its tasks take at its rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The failed tasks that all of these hold for; times are those of their ends."""

    service: str | None = None
    correlation_id: str | None = None
    failed_after: datetime | None = None
    failed_before: datetime
    """Always there: what a run retries may fail again, and is not to be found by it."""

    @property
    def is_empty(self) -> bool:
        """Whether its time is over before it begins: a client's clock may be ahead of ours."""
        return self.failed_after is not None and self.failed_after > self.failed_before

    @classmethod
    def of(cls, command: Mapping[str, Any], *, asked_at: datetime) -> "Selection":
        """Read a run's command; without an end of its own it ends when it was asked for."""
        after, before = command.get("failed_after"), command.get("failed_before")
        return cls(
            service=command.get("service"),
            correlation_id=command.get("correlation_id"),
            failed_after=datetime.fromisoformat(after) if after else None,
            failed_before=min(datetime.fromisoformat(before), asked_at) if before else asked_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """How far a run is; its task's handle holds it.

    `plan` is what is being retried: it is written down before, so that an attempt that dies in the
    middle of it is gone on with, and each of its tasks is counted once.
    """

    selected: int
    exact: bool
    retried: int = 0
    skipped: int = 0
    position: str | None = None
    complete: bool = False
    """Whether nothing follows the plan."""
    plan: tuple[str, ...] = ()

    def planning(self, plan: tuple[str, ...], position: str | None) -> "Replaying":
        """Return it with the next tasks to retry; without a position they are the last."""
        return replace(self, plan=plan, position=position, complete=position is None)

    def after(self, *, retried: int, skipped: int) -> "Replaying":
        """Return it with so many of its plan done, in its order."""
        return replace(
            self,
            plan=self.plan[retried + skipped :],
            retried=self.retried + retried,
            skipped=self.skipped + skipped,
        )

    @property
    def remaining(self) -> int:
        """How many are still to come, as far as they were counted."""
        return 0 if self.complete and not self.plan else max(0, self.selected - self.done)

    @property
    def done(self) -> int:
        """How many have been looked at."""
        return self.retried + self.skipped

    def result(self) -> dict[str, Any]:
        """Return what the run's operator gets to see at its end.

        What was counted and not met has been retried by somebody else meanwhile: it was skipped.
        """
        selected = max(self.selected, self.done)
        return {
            "selected": selected,
            "exact": True,
            "retried": self.retried,
            "skipped": selected - self.retried if self.exact else self.skipped,
            "remaining": 0,
        }

    def progress(self) -> dict[str, Any]:
        """Return the same before its end."""
        return {
            "selected": max(self.selected, self.done),
            "exact": self.exact,
            "retried": self.retried,
            "skipped": self.skipped,
            "remaining": self.remaining,
        }

    def to_handle(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "selected": self.selected,
            "exact": self.exact,
            "retried": self.retried,
            "skipped": self.skipped,
            "position": self.position,
            "complete": self.complete,
            "plan": list(self.plan),
        }

    @classmethod
    def of(cls, handle: Mapping[str, Any]) -> "Replaying":
        """Read what `to_handle` returned, in a later version perhaps, which may say more."""
        known = {each.name: handle[each.name] for each in fields(cls) if each.name in handle}
        return cls(**{**known, "plan": tuple(handle["plan"])})


def share(rate_per_minute: int, *, every: timedelta) -> int:
    """Return how many tasks are retried together, one at least, so that `every` is kept apart."""
    return max(1, int(rate_per_minute * every / timedelta(minutes=1)))


def pause(rate_per_minute: int, count: int) -> timedelta:
    """Return how long `count` retries take at a rate."""
    return timedelta(minutes=count) / rate_per_minute


def time_for(rate_per_minute: int, count: int) -> timedelta:
    """Return how long a run of `count` tasks should be given."""
    return 2 * pause(rate_per_minute, count) + SLACK

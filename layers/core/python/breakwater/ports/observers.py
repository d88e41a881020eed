"""Whom the services tell what becomes of tasks, so that operators see it.

Told after the fact and once: what stands in the store is what counts, and nobody waits for this.
"""

from datetime import timedelta
from typing import Protocol

from breakwater.domain.tasks import Outcome, Task


class TaskObserver(Protocol):
    """Who is told what becomes of tasks; each call is for one of them."""

    def accepted(self, task: Task) -> None:
        """Note that a new task was stored."""
        ...

    def claimed(self, task: Task) -> None:
        """Note whose attempt this invocation works on from here."""
        ...

    def retrying(self, task: Task) -> None:
        """Note an attempt that has failed and may be repeated."""
        ...

    def ended(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        """Note an end, and how long after its acceptance it came."""
        ...


class Unobserved:
    """An observer that tells nobody."""

    def accepted(self, task: Task) -> None:
        """Tell nobody."""

    def claimed(self, task: Task) -> None:
        """Tell nobody."""

    def retrying(self, task: Task) -> None:
        """Tell nobody."""

    def ended(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        """Tell nobody."""


UNOBSERVED: TaskObserver = Unobserved()

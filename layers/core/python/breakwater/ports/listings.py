"""What the API asks of storage to show many tasks, or a trail of events, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks are wanted: those for which everything holds that is not None."""

    owner: str | None = None
    correlation_id: str | None = None
    status: Status | None = None
    kind: Kind | None = None

    def takes(self, task: Task) -> bool:
        """Whether `task` is one of them."""
        wanted = (self.owner, self.correlation_id, self.status, self.kind)
        found = (task.owner, task.correlation_id, task.status, task.kind)
        return all(one is None or one == it for one, it in zip(wanted, found, strict=True))


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks, newest first; `position` is where the next page begins, None: there is none.

    A page may be short, or empty, and not the last: what a filter passes over is looked through a
    bounded part at a time.
    """

    tasks: Sequence[Task]
    position: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the audit trail as it was written: a task's event, or a circuit's."""

    stream: str
    """A task's id, or `circuit/{service}`."""
    position: str
    """Sorts the entries of a stream."""
    type: str
    correlation_id: str
    owner: str
    occurred_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trail:
    """Some entries, oldest first, a stream's in their order; `position` as TaskPage has it."""

    entries: Sequence[Entry]
    position: str | None


class TaskLists(Protocol):
    """Tasks by the questions that people ask. Raises StorageUnavailableError."""

    def read(self, query: TaskQuery, *, after: str | None, limit: int, now: datetime) -> TaskPage:
        """Return tasks from behind the position `after`, without those that have expired.

        A task that was just accepted may be missing for a moment; what is shown is current.
        """
        ...


class Trails(Protocol):
    """The audit trail. Raises StorageUnavailableError."""

    def read(
        self, correlation_id: str, *, owner: str | None, after: str | None, limit: int
    ) -> Trail:
        """Return the entries of a correlation id, `owner`'s only unless it is None."""
        ...

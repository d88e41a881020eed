"""In-memory twins of the lists, over the twin of the store."""

from datetime import datetime

from breakwater.domain.events import Event
from breakwater.ports import Entry, TaskPage, TaskQuery, Trail
from tests.fakes.stores import MemoryExecutionStore


class MemoryTaskLists:
    """ports.TaskLists over what a MemoryExecutionStore holds."""

    def __init__(self, store: MemoryExecutionStore) -> None:
        self._store = store

    def read(self, query: TaskQuery, *, after: str | None, limit: int, now: datetime) -> TaskPage:
        tasks = {
            f"{task.created_at.isoformat(timespec='microseconds')}#{task.task_id}": task
            for task in self._store.tasks.values()
            if query.takes(task) and not task.is_expired(now)
        }
        positions = [key for key in sorted(tasks, reverse=True) if after is None or key < after]
        part = positions[:limit]
        return TaskPage([tasks[key] for key in part], part[-1] if part != positions else None)


class MemoryTrails:
    """ports.Trails over the events of a MemoryExecutionStore, and `others` (circuits')."""

    def __init__(self, store: MemoryExecutionStore) -> None:
        self._store = store
        self.others: list[Entry] = []

    def read(
        self, correlation_id: str, *, owner: str | None, after: str | None, limit: int
    ) -> Trail:
        entries = [
            entry
            for entry in [*map(_entry, self._store.events), *self.others]
            if entry.correlation_id == correlation_id and owner in (None, entry.owner)
        ]
        begin = int(after or 0)
        end = begin + limit
        return Trail(entries[begin:end], str(end) if end < len(entries) else None)


def _entry(event: Event) -> Entry:
    return Entry(
        stream=event.stream,
        position=f"{event.execution_name}#{event.sequence:06d}",
        type=event.type.value,
        correlation_id=event.correlation_id,
        owner=event.owner,
        occurred_at=event.occurred_at,
        data=event.data,
    )

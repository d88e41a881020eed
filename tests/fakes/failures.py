"""The twin of the index of failed tasks, over the executions' twin."""

from breakwater.domain.replays import Selection
from breakwater.ports import Count, Failures
from breakwater.resilience.deadline import Deadline
from tests.fakes.stores import MemoryExecutionStore


class MemoryFailures:
    """ports.FailureIndex; a position is how many have been returned before it, by their ends."""

    def __init__(self, executions: MemoryExecutionStore) -> None:
        self._executions = executions

    def count(self, selection: Selection, *, deadline: Deadline) -> Count:
        return Count(len(self._selected(selection)), exact=True)

    def read(self, selection: Selection, *, after: str | None, limit: int) -> Failures:
        following = [place for place in self._selected(selection) if after is None or place > after]
        part = following[:limit]
        position = part[-1] if len(following) > limit else None
        return Failures([place.rpartition("#")[2] for place in part], position)

    def _selected(self, selection: Selection) -> list[str]:
        found = []
        for task_id, failed_at in self._executions.failed_at.items():
            task = self._executions.tasks[task_id]
            if selection.service not in {None, task.service}:
                continue
            if selection.correlation_id not in {None, task.correlation_id}:
                continue
            if failed_at > selection.failed_before:
                continue
            if selection.failed_after is None or failed_at >= selection.failed_after:
                found.append(f"{failed_at.isoformat()}#{task_id}")
        return sorted(found)

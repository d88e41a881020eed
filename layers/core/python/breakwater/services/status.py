"""Tell a task's owner, or an operator, where it stands. One consistent read, nothing else."""

from breakwater.domain.errors import TaskStateError
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, ExecutionStore


class ReadTask:
    """Finds a task for someone who may see it."""

    def __init__(self, *, executions: ExecutionStore, clock: Clock) -> None:
        self._executions = executions
        self._clock = clock

    def __call__(self, task_id: str, *, caller: str, operator: bool) -> Task | None:
        """Return the task, or None when there is none that `caller` may see."""
        task = self._executions.get(task_id)
        if task is None or task.is_expired(self._clock.now()):
            return None
        return task if operator or task.owner == caller else None


def standing(executions: ExecutionStore, clock: Clock, task_id: str) -> Task:
    """Return a task as it stands. Raises TaskStateError where it has been forgotten."""
    task = executions.get(task_id)
    if task is None or task.is_expired(clock.now()):
        raise TaskStateError("The task has been forgotten.")
    return task

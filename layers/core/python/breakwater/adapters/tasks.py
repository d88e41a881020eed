"""What becomes of tasks, for operators: keys on the lines of an invocation, and metrics at once.

Not collected until the invocation's end, which a killed one does not reach.
"""

from datetime import timedelta
from typing import Any

from breakwater.adapters import metrics
from breakwater.adapters.logs import Logs
from breakwater.domain.faults import is_our_fault
from breakwater.domain.tasks import Outcome, Task


class TasksObserver:
    """ports.observers.TaskObserver."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def accepted(self, task: Task) -> None:
        """Count a new task."""
        metrics.publish({metrics.TASKS_ACCEPTED: 1}, _place(task), **_fields(task))

    def claimed(self, task: Task) -> None:
        """Put the task's service and attempt on every further line of the invocation."""
        self._logs.add(kind=task.kind.value, service=task.service, attempt=task.attempt)

    def retrying(self, task: Task) -> None:
        """Count an attempt that has failed and may be repeated."""
        metrics.publish({metrics.TASK_RETRIES: 1}, _place(task), **_fields(task))

    def ended(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        """Count an end, and measure how long it took and whether it was our fault."""
        status = {metrics.STATUS: outcome.status.value}
        metrics.publish(
            {metrics.TASKS_ENDED: 1}, {**_place(task), **status}, status, **_fields(task)
        )
        metrics.publish(
            {
                metrics.TASK_AGE: age.total_seconds(),
                metrics.TASK_FAULTS: int(is_our_fault(outcome)),
            },
            metrics.EVERYTHING,
            {metrics.KIND: task.kind.value},
            **_fields(task),
        )


def _place(task: Task) -> dict[str, str]:
    return {metrics.KIND: task.kind.value, metrics.TARGET: task.service}


def _fields(task: Task) -> dict[str, Any]:
    # An invocation may be about many tasks, as the sweeper's is, so that they are not bound to it.
    return {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "service": task.service,
        "attempt": task.attempt,
    }

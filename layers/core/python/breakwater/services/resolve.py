"""Write down what an operator has found out about a task whose outcome nobody knew."""

from datetime import datetime

from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.errors import StaleAttemptError, StorageUnavailableError, TaskStateError
from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, ExecutionStore
from breakwater.services.status import standing

TRIES = 8
"""How often a task may change while one request looks at it."""


class Resolve:
    """Puts a resolution beside an UNKNOWN status, once."""

    def __init__(self, *, executions: ExecutionStore, clock: Clock) -> None:
        self._executions = executions
        self._clock = clock

    def __call__(self, task_id: str, outcome: Verdict, reason: str, *, by: str) -> Task:
        """Return the task with the resolution that says this, new or written earlier.

        Raises: TaskStateError where it is not UNKNOWN, is resolved otherwise, or where nobody can
        have found out yet that it did not happen.
        """
        for _ in range(TRIES):
            now = self._clock.now()
            wanted = Resolution(outcome=outcome, reason=reason, by=by, at=now)
            task = self._in_doubt(task_id)
            if task.resolution is not None:
                if task.resolution.says_the_same_as(wanted):
                    return task
                raise TaskStateError(
                    f"The task is resolved already: {task.resolution.outcome.value}."
                )
            if outcome is Verdict.DID_NOT:
                _require_over(task, now)
            try:
                return self._executions.resolve(task, wanted, now=now)
            except StaleAttemptError:
                continue
        raise StorageUnavailableError("others keep changing the task")

    def _in_doubt(self, task_id: str) -> Task:
        task = standing(self._executions, self._clock, task_id)
        if task.status is not Status.UNKNOWN:
            raise TaskStateError(f"There is no doubt about the task: it is {task.status.value}.")
        return task


def _require_over(task: Task, now: datetime) -> None:
    """Return if nothing of the task can still arrive at its vendor. Raises TaskStateError."""
    over_at = _over_at(task)
    if over_at is not None and now < over_at:
        raise TaskStateError(
            "What was begun may still arrive at the vendor: that it did not happen can be said "
            f"from {over_at.isoformat(timespec='seconds')} on."
        )


def _over_at(task: Task) -> datetime | None:
    """Return when the step that has begun what is in doubt is over; None where that is long ago."""
    if task.cancellation is not None:
        return task.cancellation.over_at
    begun_at = (task.intent or {}).get("at")
    return datetime.fromisoformat(begun_at) + HARD_LIMIT if begun_at else None

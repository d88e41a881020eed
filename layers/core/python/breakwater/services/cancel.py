"""Cancel a task: what was promised ends first, what works on it is stopped second.

Stopping an execution does not stop a Lambda that runs for it. But its record has ended, and with it
the attempt's right to write: a step that comes back changes nothing. What it was about to do at its
vendor when the record ended is in doubt; then the end is UNKNOWN, and says of what.
"""

from breakwater.domain.aftercare import cancellation_of, is_needed
from breakwater.domain.errors import (
    OutcomeUnknownError,
    StaleAttemptError,
    StorageUnavailableError,
    TaskSettledError,
    TaskStateError,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.ports import Clock, ExecutionStore, WorkflowEngine
from breakwater.services.aftercare import Aftercare
from breakwater.services.executions import stop
from breakwater.services.settle import Settlement
from breakwater.services.status import standing

TRIES = 8
"""How often a task's steps may write while one request looks at it."""


class Cancel:
    """Ends a task because somebody wants it to."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        engine: WorkflowEngine,
        settlement: Settlement,
        aftercare: Aftercare,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._engine = engine
        self._settlement = settlement
        self._aftercare = aftercare
        self._clock = clock

    def __call__(self, task_id: str, *, by: str) -> Task:
        """Return the task as it has ended, now or by an earlier cancel.

        Raises: TaskStateError where it has ended otherwise; StorageUnavailableError if it is not
        known to have ended: ask again.
        """
        for _ in range(TRIES):
            task = standing(self._executions, self._clock, task_id)
            ended = self._cancelled(task) if task.status.is_terminal else self._end(task, by)
            if ended is not None:
                self._stop(ended)
                return ended
        raise StorageUnavailableError("its steps keep changing the task")

    def _cancelled(self, task: Task) -> Task:
        if task.cancellation is None or task.cancellation.by is None:
            raise TaskStateError(f"The task has ended: it is {task.status.value}.")
        return task

    def _end(self, task: Task, by: str) -> Task | None:
        """End the task as it was read; None where it has moved on."""
        cancellation = cancellation_of(task, by=by, at=self._clock.now())
        outcome = Outcome(status=Status.CANCELLED, problem=_doubt(task), cancellation=cancellation)
        try:
            return self._settlement.end_from_outside(task, outcome)
        except (StaleAttemptError, TaskSettledError):
            return None

    def _stop(self, task: Task) -> None:
        stop(self._engine, task, why="Cancelled")
        if is_needed(task, now=self._clock.now()):
            self._aftercare.start(task)


def _doubt(task: Task) -> Problem | None:
    """Say what may have taken effect; None where nothing is in doubt."""
    if task.intent is None:
        return None
    what, since = task.intent.get("effect", "an effect"), task.intent.get("at", "earlier")
    return Problem.of(
        OutcomeUnknownError(f"cancelled while '{what}', begun at {since}, was in doubt")
    )

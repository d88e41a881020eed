"""End a task: its terminal status and its event, in one transaction."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from breakwater.domain.aftercare import cancellation_of, due_after
from breakwater.domain.attempts import StepInput
from breakwater.domain.cancellations import AtVendor
from breakwater.domain.errors import TaskSettledError
from breakwater.domain.progress import Directive
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.ports import Clock, ExecutionStore
from breakwater.ports.observers import UNOBSERVED, TaskObserver

logger = logging.getLogger(__name__)

SETTLE_LIMIT = timedelta(seconds=60)
"""How long Settle may run (its TimeoutSeconds in the ASL)."""


class Settlement:
    """Writes ends. One rule stands above every caller's wish: an open intent makes it UNKNOWN."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        clock: Clock,
        retention: timedelta,
        observer: TaskObserver = UNOBSERVED,
    ) -> None:
        self._executions = executions
        self._clock = clock
        self._retention = retention
        self._observer = observer

    def end(self, task: Task, outcome: Outcome) -> Directive:
        """Settle `task` and return where its state machine goes. Raises StaleAttemptError."""
        self._end(self._executions.settle, task, outcome)
        return Directive.ended(outcome.status)

    def give_up(self, task: Task, outcome: Outcome) -> Directive:
        """Settle a task that its vendor has not ended and may be at work on: it is asked to stop.

        Raises StaleAttemptError.
        """
        left = cancellation_of(task, by=None, at=self._clock.now())
        if left.at_vendor is AtVendor.PENDING:
            outcome = replace(outcome, cancellation=left)
        return self.end(task, outcome)

    def end_from_outside(self, task: Task, outcome: Outcome) -> Task:
        """End `task` for whoever is none of its steps, and return it; see ExecutionStore.end.

        Raises TaskSettledError, StaleAttemptError.
        """
        return self._end(self._executions.end, task, outcome)

    def _end(self, write: Callable[..., Task], task: Task, outcome: Outcome) -> Task:
        """Write the end, by which it stays due while something of it is left to do."""
        outcome = _allowed(task, outcome)
        now = self._clock.now()
        due_at = due_after(replace(task, cancellation=outcome.cancellation), now=now)
        ended = write(task, outcome, now=now, expires_at=now + self._retention, due_at=due_at)
        self._tell(task, outcome, age=now - task.created_at)
        return ended

    def _tell(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        logger.log(
            logging.INFO if outcome.status in {Status.SUCCESS, Status.CANCELLED} else logging.ERROR,
            "task ended: %s",
            outcome.status.value,
            extra={
                "task_id": task.task_id,
                "correlation_id": task.correlation_id,
                "service": task.service,
                "attempt": task.attempt,
                "status": outcome.status.value,
                "retry_count": task.retries,
                "error_type": outcome.problem.type if outcome.problem else None,
            },
        )
        self._observer.ended(task, outcome, age=age)


def _allowed(task: Task, outcome: Outcome) -> Outcome:
    """Return the outcome, UNKNOWN while an effect is in doubt.

    Anything else would invite a repetition of what may have happened.
    """
    if outcome.status is not Status.SUCCESS and task.intent is not None:
        return replace(outcome, status=Status.UNKNOWN)
    return outcome


class SettleUnfinished:
    """Ends a task whose step could not: retries are used up, or the step was killed each time."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        clock: Clock,
        settlement: Settlement,
        observer: TaskObserver = UNOBSERVED,
    ) -> None:
        self._executions = executions
        self._clock = clock
        self._settlement = settlement
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], error_type: str) -> Directive:
        """Settle the task as FAILED, or UNKNOWN where an effect is in doubt.

        `error_type` is what Step Functions caught. The task's own last problem says more, if it is
        of that type.
        """
        step = StepInput.from_event(event)
        now = self._clock.now()
        try:
            task = self._executions.claim(
                step.task_id,
                execution_name=step.execution_name,
                attempt=step.attempt,
                now=now,
                due_at=now + SETTLE_LIMIT,
            )
        except TaskSettledError as settled:
            return Directive.ended(Status(settled.status))
        self._observer.claimed(task)
        problem = task.problem
        if problem is None or error_type != "TransientError":
            problem = Problem(type=error_type, message="the step did not finish")
        return self._settlement.give_up(task, Outcome(status=Status.FAILED, problem=problem))

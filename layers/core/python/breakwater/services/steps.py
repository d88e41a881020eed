"""Run a step of a task: claim it, do its work, and write down what came of it, whatever it was.

A step ends in one of four ways: it settles the task; it tells the state machine to come back later
(the vendor works, or asks for patience); it raises TransientError or StorageUnavailableError, which
the state machine retries; or it is stopped from outside, which the next attempt's claim repairs.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import SystemRandom

from breakwater.domain.attempts import StepInput
from breakwater.domain.errors import (
    BreakwaterError,
    DeadlineExceededError,
    OutcomeUnknownError,
    ParkedError,
    PartialFailureError,
    ResourceBusyError,
    StaleAttemptError,
    StorageUnavailableError,
    TaskSettledError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import Directive, Done, InProgress, Next, Progress
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.ports import Clock, ExecutionStore, LeaseStore
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from breakwater.services.settle import Settlement

HARD_LIMIT = timedelta(seconds=360)
"""How long a step may run (the specification's hard limit; TimeoutSeconds in the ASL)."""
RETRY_LIMIT = timedelta(seconds=300)
"""The longest pause before a state is retried (MaxDelaySeconds in the ASL)."""

logger = logging.getLogger(__name__)


Work = Callable[[StepRun], Progress]


class StepRunner:
    """Runs the work of one state, the same way for every state and every vendor."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        leases: LeaseStore,
        clock: Clock,
        settlement: Settlement,
        soft_limit_seconds: float,
        poll_interval_seconds: float,
    ) -> None:
        self._executions = executions
        self._leases = leases
        self._clock = clock
        self._settlement = settlement
        self._soft_limit = soft_limit_seconds
        self._poll_interval = timedelta(seconds=poll_interval_seconds)
        self._random = SystemRandom()  # a restored snapshot must not repeat its jitter

    def __call__(self, step: StepInput, state: Next, work: Work) -> Directive:
        """Run `work` as `state` and return where the state machine goes.

        Raises: TransientError, StorageUnavailableError, StaleAttemptError, for the ASL to handle.
        """
        try:
            run = self._claim(step)
        except TaskSettledError as settled:
            return Directive.ended(Status(settled.status))
        try:
            self._check_deadline(run.task)
            progress = work(run)
        except (StaleAttemptError, StorageUnavailableError):
            raise
        except Exception as error:  # whatever it is, the task must not hang
            return self._interrupted(run.task, state, error)
        return self._progressed(run.task, progress)

    def _claim(self, step: StepInput) -> StepRun:
        now = self._clock.now()
        task = self._executions.claim(
            step.task_id,
            execution_name=step.execution_name,
            attempt=step.attempt,
            now=now,
            due_at=now + HARD_LIMIT,
        )
        left = (task.deadline - now).total_seconds()
        deadline = Deadline.after(min(self._soft_limit, left), self._clock.monotonic)
        return StepRun(
            task,
            executions=self._executions,
            leases=self._leases,
            clock=self._clock,
            deadline=deadline,
        )

    def _check_deadline(self, task: Task) -> None:
        if task.deadline > self._clock.now():
            return
        so_far = "; the vendor had accepted it and was still at work" if task.handle else ""
        raise DeadlineExceededError(f"not done by {task.deadline.isoformat()}{so_far}")

    def _progressed(self, task: Task, progress: Progress) -> Directive:
        match progress:
            case Done(result):
                outcome = Outcome(status=Status.SUCCESS, result=result)
                return self._settlement.end(task, outcome)
            case InProgress(handle):
                resume_at = self._spread(self._clock.now() + self._poll_interval)
                self._advance(
                    replace(task, handle=dict(handle), status=Status.RUNNING, problem=None),
                    expected=resume_at,
                )
                return Directive(Next.POLL, resume_at)

    def _interrupted(self, task: Task, state: Next, error: Exception) -> Directive:
        resume_at = self._resume_at(error)
        if resume_at is not None:
            return self._wait(task, state, resume_at, error)
        if isinstance(error, TransientError):
            self._note_retry(task, error)
            # By its own name: Step Functions knows no subclasses.
            raise TransientError(str(error), service=error.service) from error
        return self._end(task, error)

    def _resume_at(self, error: Exception) -> datetime | None:
        """Return when work that only has to wait goes on; None for what failed."""
        match error:
            case ParkedError():
                return error.until
            case ResourceBusyError():
                return self._spread(self._clock.now() + self._poll_interval)
            case ThrottledError():
                asked = timedelta(seconds=error.retry_after)
                return self._spread(self._clock.now() + asked)
        return None

    def _wait(self, task: Task, state: Next, until: datetime, why: Exception) -> Directive:
        """Park the task: RETRYING with `retry_at`, its attempt does not grow."""
        resume_at = min(until, task.deadline)
        logger.info("parked until %s: %s", resume_at.isoformat(), why)
        self._advance(
            replace(task, status=Status.RETRYING, problem=Problem.of(why), retry_at=resume_at),
            expected=resume_at,
        )
        return Directive(state, resume_at)

    def _note_retry(self, task: Task, error: TransientError) -> None:
        logger.warning(
            "attempt %d failed and may be repeated: %s",
            task.attempt,
            error,
            extra={"retry_count": task.retries, "service": task.service},
        )
        self._advance(
            replace(task, status=Status.RETRYING, problem=Problem.of(error)),
            expected=self._clock.now() + RETRY_LIMIT,
        )

    def _end(self, task: Task, error: Exception) -> Directive:
        """Settle a task that this step cannot bring further."""
        if isinstance(error, BreakwaterError):
            problem = Problem.of(error)
        else:
            logger.error("unexpected error", exc_info=error)
            problem = Problem(type="InternalError", message="the step failed unexpectedly")
        if isinstance(error, OutcomeUnknownError):
            outcome = Outcome(status=Status.UNKNOWN, problem=problem)
        else:
            result = error.result if isinstance(error, PartialFailureError) else None
            outcome = Outcome(status=Status.FAILED, problem=problem, result=result)
        return self._settlement.end(task, outcome)

    def _advance(self, task: Task, *, expected: datetime) -> None:
        due_at = min(task.deadline, expected + HARD_LIMIT)
        self._executions.advance(replace(task, due_at=due_at), now=self._clock.now())

    def _spread(self, moment: datetime) -> datetime:
        """Return `moment` or a little later, so that tasks that wait together come back apart."""
        return moment + self._poll_interval * self._random.random() * 0.5

"""Run a step of a task: claim it, do its work, and write down what came of it, whatever it was.

A step ends in one of four ways: it settles the task; it tells the state machine to come back later
(the vendor works, asks for patience, or its circuit is open); it raises TransientError or
StorageUnavailableError, which the state machine retries; or it is stopped from outside, which the
next attempt's claim repairs.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from breakwater.domain.attempts import HARD_LIMIT, OnOpenCircuit, StepInput
from breakwater.domain.errors import (
    BreakwaterError,
    CircuitBreakerOpenError,
    DeadlineExceededError,
    OutcomeUnknownError,
    PartialFailureError,
    PermanentError,
    StaleAttemptError,
    StorageUnavailableError,
    TaskSettledError,
    TransientError,
)
from breakwater.domain.progress import Directive, Done, InProgress, Next, Progress
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from breakwater.ports import Clock, ExecutionStore, LeaseStore
from breakwater.ports.observers import UNOBSERVED, TaskObserver
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from breakwater.services.settle import Settlement
from breakwater.services.waits import Waits

RETRY_LIMIT = timedelta(seconds=300)
"""The longest pause before a state is retried (MaxDelaySeconds in the ASL)."""
WRITING_SECONDS = 30.0
"""What is left of a Lambda's time for writing down what came of it, when its work must end."""
NO_LIMIT = float("inf")
VENDORS_WORD = (PermanentError, OutcomeUnknownError)
"""What a vendor ends a task with. Whatever else does leaves it at work, if it has begun."""

logger = logging.getLogger(__name__)


Work = Callable[[StepRun], Progress]


class StepRunner:
    """Runs the work of one state, the same way for every state and every vendor."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        leases: LeaseStore | None,
        clock: Clock,
        settlement: Settlement,
        waits: Waits,
        soft_limit_seconds: float,
        observer: TaskObserver = UNOBSERVED,
    ) -> None:
        """Bind to stores and limits; without `leases` no step may ask for one."""
        self._executions = executions
        self._observer = observer
        self._leases = leases
        self._clock = clock
        self._settlement = settlement
        self._waits = waits
        self._soft_limit = soft_limit_seconds

    def __call__(
        self, step: StepInput, state: Next, work: Work, *, seconds_left: float = NO_LIMIT
    ) -> Directive:
        """Run `work` as `state` and return where the state machine goes.

        `seconds_left` is after how long the Lambda is stopped. Raises: TransientError,
        StorageUnavailableError, StaleAttemptError, for the ASL to handle.
        """
        stopped_at = self._clock.monotonic() + seconds_left
        try:
            run = self._claim(step, stopped_at)
        except TaskSettledError as settled:
            return Directive.ended(Status(settled.status))
        try:
            self._check_deadline(run.task)
            progress = work(run)
        except (StaleAttemptError, StorageUnavailableError):
            raise
        except Exception as error:  # whatever it is, the task must not hang
            if isinstance(error, CircuitBreakerOpenError) and not _waits(step):
                return self._end(run.task, error)
            return self._interrupted(run.task, state, error)
        return self._progressed(run.task, progress)

    def _claim(self, step: StepInput, stopped_at: float) -> StepRun:
        now = self._clock.now()
        task = self._executions.claim(
            step.task_id,
            execution_name=step.execution_name,
            attempt=step.attempt,
            now=now,
            due_at=now + HARD_LIMIT,
        )
        self._observer.claimed(task)
        left = min(self._soft_limit, (task.deadline - now).total_seconds())
        monotonic = self._clock.monotonic
        at = min(monotonic() + left, stopped_at - WRITING_SECONDS)
        return StepRun(
            task,
            executions=self._executions,
            leases=self._leases,
            clock=self._clock,
            deadline=Deadline(at=at, monotonic=monotonic),
        )

    def _check_deadline(self, task: Task) -> None:
        if task.deadline > self._clock.now():
            return
        accepted = task.kind is Kind.DEPLOYMENT and task.handle
        so_far = "; the vendor had accepted it and was still at work" if accepted else ""
        if task.problem is not None and task.problem.type == CircuitBreakerOpenError.__name__:
            so_far += f". {task.problem.message}"
        raise DeadlineExceededError(f"not done by {task.deadline.isoformat()}{so_far}")

    def _progressed(self, task: Task, progress: Progress) -> Directive:
        match progress:
            case Done(result):
                outcome = Outcome(status=Status.SUCCESS, result=result)
                return self._settlement.end(task, outcome)
            case InProgress():
                resume_at = self._resume_at(task, progress)
                handle = dict(progress.handle)
                self._advance(
                    replace(task, handle=handle, status=Status.RUNNING, problem=None),
                    expected=resume_at,
                )
                return Directive(Next.POLL, resume_at)

    def _resume_at(self, task: Task, progress: InProgress) -> datetime:
        if progress.resume_at is not None:
            return self._waits.until(task, progress.resume_at)
        return self._waits.at_once(task) if progress.at_once else self._waits.for_progress(task)

    def _interrupted(self, task: Task, state: Next, error: Exception) -> Directive:
        resume_at = self._waits.after(task, error)
        if resume_at is not None:
            return self._wait(task, state, resume_at, error)
        if isinstance(error, TransientError):
            self._note_retry(task, error)
            # By its own name: Step Functions knows no subclasses.
            raise TransientError(str(error), service=error.service) from error
        return self._end(task, error)

    def _wait(self, task: Task, state: Next, resume_at: datetime, why: Exception) -> Directive:
        """Park the task: RETRYING with `retry_at`, its attempt does not grow."""
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
        self._observer.retrying(task)
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
        if isinstance(error, VENDORS_WORD):
            return self._settlement.end(task, outcome)
        return self._settlement.give_up(task, outcome)

    def _advance(self, task: Task, *, expected: datetime) -> None:
        due_at = min(task.deadline, expected + HARD_LIMIT)
        self._executions.advance(replace(task, due_at=due_at), now=self._clock.now())


def _waits(step: StepInput) -> bool:
    return step.on_open_circuit is OnOpenCircuit.WAIT

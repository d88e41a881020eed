"""Bring a task's record and its execution together, when one of them has gone on alone.

A record is what its owner was promised, an execution is what works on it. A task that was accepted
and not started is started; one whose execution has died ends; one whose time is up ends, and its
execution is stopped. Everything that is written is conditional on what was read, so that whoever
else is at work, a step, a hint or another sweep, the first one wins and the others change nothing.
"""

import logging
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from breakwater.domain.aftercare import LOOK_AGAIN_AFTER, cancellation_of, is_needed
from breakwater.domain.errors import (
    DeadlineExceededError,
    EngineRefusedError,
    EngineUnavailableError,
    ExecutionDiedError,
    StaleAttemptError,
    TaskSettledError,
)
from breakwater.domain.executions import Execution, task_id_of
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.ports import Clock, ExecutionStore, WorkflowEngine
from breakwater.resilience.tokens import TokenBucket
from breakwater.services.aftercare import Aftercare
from breakwater.services.executions import named, stop
from breakwater.services.settle import Settlement

HINT_PATIENCE = 5.0
"""How many seconds a hint waits until the engine may be asked."""
HINT_TRIES = 4
"""How often a step that outlives its execution may write while a hint looks at the task."""

logger = logging.getLogger(__name__)


class Seen(StrEnum):
    """What came of a look at a task."""

    STARTED = "started"
    """It had been accepted and not started."""
    ENDED = "ended"
    """Its execution had ended without it."""
    EXPIRED = "expired"
    """Its deadline had passed."""
    REFUSED = "refused"
    """It cannot be started, however often it is tried."""
    RUNNING = "running"
    """Its execution is at work."""
    UNASKED = "unasked"
    """How its execution stands is still to be asked."""
    UNANSWERED = "unanswered"
    """Nobody could say how its execution stands, or start it, right now."""
    AFTERCARE = "aftercare"
    """It had ended, and what is left to do for it was begun."""
    SETTLED = "settled"
    """It had ended, or somebody else was quicker."""
    FAULTY = "faulty"
    """Something unforeseen has happened, and was logged."""
    LEFT = "left"
    """There was no time for it, or for the question: the next sweep is there for it."""


REPAIRS = frozenset({Seen.STARTED, Seen.ENDED, Seen.EXPIRED})


class Reconciler:
    """Looks at one task at a time."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        engine: WorkflowEngine,
        settlement: Settlement,
        aftercare: Aftercare,
        questions: TokenBucket,
        clock: Clock,
    ) -> None:
        """Bind to what it needs; `questions` caps how often the engine is asked."""
        self._executions = executions
        self._engine = engine
        self._settlement = settlement
        self._aftercare = aftercare
        self._questions = questions
        self._clock = clock

    def look(self, task: Task) -> Seen:
        """Do for a task, as `get` returned it, what needs no question; otherwise UNASKED.

        Raises: StaleAttemptError where a step has written meanwhile; StorageUnavailableError.
        """
        if task.status.is_terminal:
            return Seen.SETTLED
        if task.deadline <= self._clock.now():
            return self._expire(task)
        if task.status is Status.PENDING:
            return self._start(task)
        return Seen.UNASKED

    def ask(self, task: Task, *, patience: float) -> Seen:
        """Ask how a task's execution stands, and end the task if that has ended.

        LEFT where nothing more may be asked within `patience` seconds. Raises: StaleAttemptError
        where a step has written meanwhile; StorageUnavailableError.
        """
        if not self._questions.take(patience=patience):
            return Seen.LEFT
        try:
            execution = self._engine.describe(task)
        except EngineUnavailableError as error:
            logger.warning("nobody says how it stands: %s", error, extra=named(task))
            return Seen.UNANSWERED
        except EngineRefusedError:
            # A right or a name that is wrong says nothing of the task: its deadline decides.
            logger.exception("its execution cannot be asked for", extra=named(task))
            return Seen.UNANSWERED
        if execution is None:
            # The engine may be behind, or the machine another one now: its deadline decides.
            logger.error("the execution is not there", extra=named(task))
            return Seen.UNANSWERED
        if not execution.status.has_ended:
            return Seen.RUNNING
        return self._end(task, Problem.of(_died(execution)), Seen.ENDED)

    def after(self, task: Task, *, was_due: datetime) -> Seen:
        """Begin what is left to do for an ended task that is still due, if anything is.

        `was_due` is what it is begun under, so that it is begun once. Raises StaleAttemptError,
        StorageUnavailableError.
        """
        now = self._clock.now()
        if not is_needed(task, now=now):
            self._executions.postpone(task, due_at=None)
            return Seen.SETTLED
        if not self._aftercare.start(replace(task, due_at=was_due)):
            return Seen.UNANSWERED
        self._executions.postpone(task, due_at=now + LOOK_AGAIN_AFTER)
        return Seen.AFTERCARE

    def hint(self, execution_name: str) -> Seen:
        """Look at the task of an execution of which something was heard, true or not.

        What it cannot do, or never hears of, is done by the sweep.
        Raises StorageUnavailableError.
        """
        for _ in range(HINT_TRIES):
            task = self._executions.get(task_id_of(execution_name))
            if task is None or task.execution_name != execution_name:
                return Seen.SETTLED
            try:
                seen = self.look(task)
                return self.ask(task, patience=HINT_PATIENCE) if seen is Seen.UNASKED else seen
            except StaleAttemptError:
                # Its last step is still at it, and nobody will hint at this end again.
                continue
        return Seen.RUNNING

    def _start(self, task: Task) -> Seen:
        try:
            running = self._engine.start(self._executions.with_input(task))
        except EngineUnavailableError as error:
            logger.warning("not started yet: %s", error, extra=named(task))
            return Seen.UNANSWERED
        except EngineRefusedError:
            logger.exception("cannot be started", extra=named(task))
            return Seen.REFUSED
        except StaleAttemptError:
            return Seen.SETTLED
        # Started before, and maybe ended before any step of it has claimed the task.
        return Seen.STARTED if running else Seen.UNASKED

    def _expire(self, task: Task) -> Seen:
        """End a task whose time is up, then its execution: first what was promised."""
        seen = self._end(task, Problem.of(_late(task)), Seen.EXPIRED)
        if seen is Seen.EXPIRED:
            stop(self._engine, task, why=DeadlineExceededError.__name__)
        return seen

    def _end(self, task: Task, problem: Problem, seen: Seen) -> Seen:
        now = self._clock.now()
        left = cancellation_of(task, by=None, at=now)
        more = is_needed(replace(task, cancellation=left), now=now)
        outcome = Outcome(
            status=Status.FAILED, problem=problem, cancellation=left if more else None
        )
        try:
            ended = self._settlement.end_from_outside(task, outcome)
        except TaskSettledError:
            return Seen.SETTLED
        if more:
            self._aftercare.start(ended)
        return seen


def _died(execution: Execution) -> ExecutionDiedError:
    of = f" of {execution.error}" if execution.error else ""
    return ExecutionDiedError(f"its execution has ended without it: {execution.status.value}{of}")


def _late(task: Task) -> DeadlineExceededError:
    doing = "started" if task.status is Status.PENDING else "done"
    so_far = f". {task.problem.message}" if task.problem else ""
    return DeadlineExceededError(f"not {doing} by {task.deadline.isoformat()}{so_far}")

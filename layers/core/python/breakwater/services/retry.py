"""Retry an ended task as a new one: once, however often it is asked for.

The new task is stored in one transaction with what the old one says of it, and is then as accepted
as any: whoever dies after that, the sweeper starts it.
"""

from dataclasses import dataclass
from datetime import timedelta

from breakwater.domain.errors import (
    RunOvertakenError,
    StaleAttemptError,
    StorageUnavailableError,
    TaskStateError,
    TooManyUnfinishedError,
)
from breakwater.domain.retries import alone, refusal, retried
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, ExecutionStore, WorkflowEngine
from breakwater.ports.observers import UNOBSERVED, TaskObserver
from breakwater.services.accept import START_GRACE
from breakwater.services.executions import start
from breakwater.services.quota import Quota
from breakwater.services.status import standing

TRIES = 8
"""How often what is decided about a task may be overtaken while one request looks at it."""


@dataclass(frozen=True, slots=True)
class Retried:
    """The new task, and who has made it: not always whoever asks."""

    task: Task
    by: str


class Retry:
    """Makes a new task of an ended one.

    Without a `quota` its owner needs no room for it: runs of many keep a rate instead.
    """

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        engine: WorkflowEngine,
        clock: Clock,
        quota: Quota | None = None,
        observer: TaskObserver = UNOBSERVED,
        start_grace: timedelta = START_GRACE,
    ) -> None:
        self._executions = executions
        self._engine = engine
        self._clock = clock
        self._quota = quota
        self._observer = observer
        self._start_grace = start_grace

    def __call__(self, task_id: str, *, by: str, during: Task | None = None) -> Retried:
        """Return the task that retries `task_id`, new or made earlier.

        With `during` it is retried only while that run's attempt has it. Raises: TaskStateError
        where it cannot be retried as it stands; TooManyUnfinishedError if its owner has no room;
        AlreadyRunningError while another task does what only one may do at a time;
        RunOvertakenError; StorageUnavailableError if nothing is known to be stored: ask again.
        """
        for _ in range(TRIES):
            old = standing(self._executions, self._clock, task_id)
            if old.retried_as is not None:
                return Retried(self._standing(old.retried_as), old.retried_by or by)
            if why := refusal(old):
                raise TaskStateError(f"The task cannot be retried: {why}.")
            self._require_room(old)
            new = self._retry(old, by, during)
            if new is not None:
                start(self._engine, new)
                return Retried(new, by)
        raise StorageUnavailableError("others keep changing the task")

    def _require_room(self, old: Task) -> None:
        """Return if the task's owner may have one more; whoever asks for it."""
        if self._quota is not None and not self._quota.admits(old.owner, old.service):
            raise TooManyUnfinishedError(old.service, most=self._quota.most)

    def _retry(self, old: Task, by: str, during: Task | None) -> Task | None:
        """Store the new task; None where something has been decided about the old one meanwhile."""
        try:
            old = self._executions.with_input(old)
        except StaleAttemptError as error:
            raise TaskStateError("What the task asked for is no longer stored.") from error
        now = self._clock.now()
        new = retried(old, now=now, due_after=self._start_grace)
        try:
            stands = self._executions.retry(
                old, new, by=by, now=now, alone=alone(old), during=during
            )
        except RunOvertakenError:
            raise
        except StaleAttemptError:
            return None
        if stands.request_token == new.request_token:
            self._observer.accepted(stands)
        return stands

    def _standing(self, task_id: str) -> Task:
        """Return the task that an earlier retry has made, started if that is still to be done."""
        task = standing(self._executions, self._clock, task_id)
        if task.status is Status.PENDING:
            start(self._engine, self._executions.with_input(task))
        return task

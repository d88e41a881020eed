"""What the services ask of storage and of the workflow engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from breakwater.domain.attempts import Attempt
from breakwater.domain.executions import Execution
from breakwater.domain.resolutions import Resolution
from breakwater.domain.tasks import Outcome, Task


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task that was due for a look when the index was read."""

    task_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """The tasks that are due for a look, the longest due first; `more` where that is not all."""

    tasks: Sequence[DueTask]
    more: bool


class Clock(Protocol):
    """Time, injected, so that tests own it."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class ExecutionStore(Protocol):
    """Task records. Each method is one atomic, conditional intent.

    Any of them may raise StorageUnavailableError; a write that raises it may still have landed.
    """

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        """Store a new task, unless one that has not expired stands under its id.

        Returns the task that stands: `task` itself, also when an earlier try of this very request
        (same `request_token`) had written it, or the other one. `alone` names what the task must
        be the only one to have, from here to its end or its deadline; raises AlreadyRunningError
        while another one has it.
        """
        ...

    def get(self, task_id: str) -> Task | None:
        """Return the task by a consistent read, or None."""
        ...

    def claim(
        self,
        task_id: str,
        *,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
    ) -> Task:
        """Make `attempt` the owner: unfinished, of this execution, and newer than the last owner.

        It is due at `due_at`, at its deadline at the latest. A retry counts in `retries` where an
        earlier attempt of the same state had claimed it: one that never ran has tried nothing.
        Raises TaskSettledError, StaleAttemptError.
        """
        ...

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        """Write down an effect before it is tried, if intent and handle are as `task` has them.

        An attempt that is invoked twice acts once. Raises StaleAttemptError.
        """
        ...

    def advance(self, task: Task, *, now: datetime) -> Task:
        """Store status, intent, handle, problem, retry_at and due_at. Raises StaleAttemptError."""
        ...

    def settle(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        """End the task and append its event, in one transaction.

        With `due_at` it stays due: there is something left to do. Raises StaleAttemptError.
        """
        ...

    def end(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        """End a task from outside its steps, as `settle` does, if nothing has changed since.

        `task` is what `get` returned: no intent can have slipped in since, and the attempt that
        had it writes no more. `due_at` as in `settle`. Raises TaskSettledError where it has ended
        otherwise, StaleAttemptError where it has moved on: read it again.
        """
        ...

    def count_unfinished(self, owner: str, service: str, *, limit: int) -> int:
        """Return how many unfinished tasks a user has with a service, `limit` at most.

        What is counted may be a moment old.
        """
        ...

    def due(self, *, now: datetime, limit: int) -> Due:
        """Return which tasks are due, `limit` at most; what is read here may be a moment old."""
        ...

    def take_due(self, due: DueTask, *, due_at: datetime) -> Task:
        """Return a due task as it stands, due again at `due_at`, whatever comes of this look.

        Raises StaleAttemptError where it is not due any more, or somebody else has taken it.
        """
        ...

    def postpone(self, task: Task, *, due_at: datetime | None) -> Task:
        """Let a task that is due come back later, or never; nothing else of it changes.

        Raises StaleAttemptError where it is not due any more as `task` says.
        """
        ...

    def with_input(self, task: Task) -> Task:
        """Return the task with the bytes to start it with, which `get` leaves out where large.

        Raises StaleAttemptError where they have been forgotten, long after the task's end.
        """
        ...

    def note_change(self, task: Task, *, now: datetime) -> Task:
        """Store how the task's change record stands, also after its end.

        Where that leaves nothing to do for an ended task, it is due no more. Raises
        StaleAttemptError where another attempt has claimed the task meanwhile.
        """
        ...

    def note_cancellation(self, task: Task, *, now: datetime) -> Task:
        """Store what the task's vendor says to its end, likewise. Raises StaleAttemptError."""
        ...

    def retry(
        self,
        task: Task,
        new: Task,
        *,
        by: str,
        now: datetime,
        alone: str | None = None,
        during: Task | None = None,
    ) -> Task:
        """Store `new` as the retry of the ended `task`, and an event, in one transaction.

        Returns the task that stands under the new id, as `create` does. With `during` it is a part
        of that run, and happens only while the attempt that has claimed the run still has it.
        Raises StaleAttemptError where something has been decided about `task` since it was read:
        read it again; RunOvertakenError; AlreadyRunningError as `create` does.
        """
        ...

    def resolve(self, task: Task, resolution: Resolution, *, now: datetime) -> Task:
        """Write down what was found out about an UNKNOWN task, and an event, in one transaction.

        Raises StaleAttemptError where something has been decided about it since it was read.
        """
        ...

    def claim_ended(
        self, task_id: str, *, execution_name: str, attempt: Attempt, now: datetime
    ) -> Task:
        """Make `attempt` the owner of an ended task of this execution, as `claim` does.

        Its end stays as it is. Raises StaleAttemptError.
        """
        ...


class LeaseStore(Protocol):
    """Exclusive use of something at a vendor, for a bounded time."""

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        """Take or renew the lease. Raises ResourceBusyError, StorageUnavailableError."""
        ...

    def release(self, resource: str, *, holder: str) -> None:
        """Give it back; nothing happens if it is no longer held. Raises StorageUnavailableError."""
        ...


class WorkflowEngine(Protocol):
    """Starts executions, tells how they stand, and stops them.

    Every method raises EngineUnavailableError when it is not known what came of it, and
    EngineRefusedError when asking again cannot help.
    """

    def start(self, task: Task) -> bool:
        """Start the task's execution under its own name with its own bytes.

        Returns also when it had been started before: False where that one may have ended.
        """
        ...

    def start_aftercare(self, task: Task) -> None:
        """Start the aftercare of an ended task, whose input must be there.

        Its name carries the task's `due_at`: started twice for the same one, it runs once.
        """
        ...

    def describe(self, task: Task) -> Execution | None:
        """Return how the task's execution stands; None where there is none (yet)."""
        ...

    def stop(self, task: Task, *, why: str) -> None:
        """End the task's execution, if it runs. A Lambda that runs for it goes on to its end.

        `why` is shown with the execution.
        """
        ...

"""What the services ask of storage and of the workflow engine."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from breakwater.domain.attempts import Attempt
from breakwater.domain.tasks import Outcome, Task


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

        A retry of the same state counts in `retries`. Raises TaskSettledError, StaleAttemptError.
        """
        ...

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        """Write down an effect before it is tried. Raises StaleAttemptError."""
        ...

    def advance(self, task: Task, *, now: datetime) -> Task:
        """Store where a task stands: status, intent, handle, problem, retry_at, due_at.

        Raises StaleAttemptError.
        """
        ...

    def settle(self, task: Task, outcome: Outcome, *, now: datetime, expires_at: datetime) -> Task:
        """End the task and append its event, in one transaction. Raises StaleAttemptError."""
        ...

    def note_change(self, task: Task, *, now: datetime) -> Task:
        """Store how the task's change record stands, also after its end.

        Raises StaleAttemptError where another attempt has claimed the task meanwhile.
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
    """Starts executions."""

    def start(self, task: Task) -> None:
        """Start the task's execution under its own name with its own bytes.

        Returns also when it had been started before. Raises EngineUnavailableError when nothing is
        known to have started, and EngineRefusedError when asking again cannot help.
        """
        ...

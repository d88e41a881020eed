"""In-memory twins of the stores: the same contract suite runs on them and on DynamoDB."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from breakwater.domain.aftercare import is_needed
from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import (
    AlreadyRunningError,
    ResourceBusyError,
    StaleAttemptError,
    TaskSettledError,
)
from breakwater.domain.events import Event
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Due, DueTask
from tests.fakes.ends import Ends
from tests.fakes.healing import Healing, same_attempt


class MemoryExecutionStore(Ends, Healing):
    """ports.ExecutionStore in a dictionary; `events` is the audit trail."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.events: list[Event] = []
        self.alone: dict[str, str] = {}
        self.ended_at: dict[str, datetime] = {}
        self.failed_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        with self._lock:
            return self._create(task, now, alone)

    def _create(self, task: Task, now: datetime, alone: str | None) -> Task:
        standing = self.tasks.get(task.task_id)
        if standing is not None and not standing.is_expired(now):
            return task if standing.request_token == task.request_token else standing
        if alone is not None:
            self._take(alone, task, now)
        self.tasks[task.task_id] = task
        return task

    def _take(self, alone: str, task: Task, now: datetime) -> None:
        holder = self.tasks.get(self.alone.get(alone, ""))
        if holder is not None and not holder.status.is_terminal and holder.deadline > now:
            raise AlreadyRunningError(alone, task_id=holder.task_id)
        self.alone[alone] = task.task_id

    def get(self, task_id: str) -> Task | None:
        with self._lock:
            return self.tasks.get(task_id)

    def claim(
        self,
        task_id: str,
        *,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
    ) -> Task:
        with self._lock:
            task = self.tasks.get(task_id)
            if task is None:
                raise StaleAttemptError(task_id)
            if task.status.is_terminal:
                raise TaskSettledError(task_id, task.status.value)
            if task.execution_name != execution_name or task.claimed_by > attempt.key:
                raise StaleAttemptError(task_id)
            if task.claimed_by == attempt.key:
                return task
            return self._store(
                replace(
                    task,
                    status=Status.RUNNING,
                    claimed_by=attempt.key,
                    retries=task.retries + (1 if attempt.entry <= task.claimed_by else 0),
                    retry_at=None,
                    due_at=min(due_at, task.deadline),
                ),
                now,
            )

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        with self._lock:
            standing = self._owned(task)
            if standing.intent == dict(intent):
                return standing  # its own, whose answer was lost
            if (standing.intent, standing.handle) != (task.intent, task.handle):
                raise StaleAttemptError(task.task_id)
            return self._store(replace(standing, intent=dict(intent)), now)

    def advance(self, task: Task, *, now: datetime) -> Task:
        with self._lock:
            standing = self._owned(task)
            return self._store(
                replace(
                    standing,
                    status=task.status,
                    intent=task.intent,
                    handle=task.handle,
                    problem=task.problem,
                    retry_at=task.retry_at,
                    due_at=task.due_at,
                ),
                now,
            )

    def count_unfinished(self, owner: str, service: str, *, limit: int) -> int:
        with self._lock:
            tasks = [t for t in self.tasks.values() if (t.owner, t.service) == (owner, service)]
            return min(limit, sum(not task.status.is_terminal for task in tasks))

    def due(self, *, now: datetime, limit: int) -> Due:
        with self._lock:
            tasks = list(self.tasks.values())
        due = [DueTask(t.task_id, t.due_at) for t in tasks if t.due_at and t.due_at <= now]
        due.sort(key=lambda task: (task.due_at, task.task_id))
        return Due(due[:limit], len(due) > limit)

    def take_due(self, due: DueTask, *, due_at: datetime) -> Task:
        with self._lock:
            standing = self.tasks.get(due.task_id)
            if standing is None or standing.due_at != due.due_at:
                raise StaleAttemptError(due.task_id)
            taken = replace(standing, due_at=due_at)
            self.tasks[due.task_id] = taken
            return taken

    def postpone(self, task: Task, *, due_at: datetime | None) -> Task:
        with self._lock:
            standing = self.tasks.get(task.task_id)
            read = (task.execution_name, task.due_at)
            if standing is None or (standing.execution_name, standing.due_at) != read:
                raise StaleAttemptError(task.task_id)
            self.tasks[task.task_id] = replace(standing, due_at=due_at)
            return replace(task, due_at=due_at)

    def with_input(self, task: Task) -> Task:
        with self._lock:
            standing = self.tasks.get(task.task_id)
            if standing is None:
                raise StaleAttemptError(task.task_id)
            return replace(task, input=standing.input)

    def note_change(self, task: Task, *, now: datetime) -> Task:
        return self._note(task, now, change=task.change)

    def claim_ended(
        self, task_id: str, *, execution_name: str, attempt: Attempt, now: datetime
    ) -> Task:
        with self._lock:
            task = self.tasks.get(task_id)
            if task is None or not task.status.is_terminal or task.claimed_by > attempt.key:
                raise StaleAttemptError(task_id)
            if task.execution_name != execution_name:
                raise StaleAttemptError(task_id)
            return self._store(replace(task, claimed_by=attempt.key), now)

    def _owned(self, task: Task) -> Task:
        standing = self.tasks.get(task.task_id)
        if standing is None or standing.status.is_terminal or not same_attempt(standing, task):
            raise StaleAttemptError(task.task_id)
        return standing

    def _note(self, task: Task, now: datetime, **marks: Any) -> Task:
        """Mark a task, whether it has ended or not."""
        with self._lock:
            standing = self.tasks.get(task.task_id)
            if standing is None or not same_attempt(standing, task):
                raise StaleAttemptError(task.task_id)
            noted = replace(standing, **marks)
            if noted.status.is_terminal and not is_needed(noted, now=now):
                noted = replace(noted, due_at=None)
            self._store(noted, now)
            return replace(task, updated_at=now)

    def _store(self, task: Task, now: datetime) -> Task:
        stored = replace(task, updated_at=now, revision=task.revision + 1)
        self.tasks[task.task_id] = stored
        return stored


class MemoryLeaseStore:
    """ports.LeaseStore in a dictionary."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, datetime]] = {}

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        current = self.held.get(resource)
        if current is not None and current[0] != holder and current[1] > now:
            raise ResourceBusyError(resource, held_until=current[1])
        self.held[resource] = (holder, until)

    def release(self, resource: str, *, holder: str) -> None:
        if self.held.get(resource, ("", None))[0] == holder:
            del self.held[resource]

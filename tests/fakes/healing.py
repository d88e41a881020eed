"""The part of the executions' twin that heals: retries, resolutions, and what failed."""

from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any, Protocol

from breakwater.domain.errors import RunOvertakenError, StaleAttemptError
from breakwater.domain.events import Event, resolving, retrying
from breakwater.domain.resolutions import Resolution
from breakwater.domain.tasks import Task


class Base(Protocol):
    """What the twin has."""

    tasks: dict[str, Task]
    events: list[Event]
    ended_at: dict[str, datetime]
    failed_at: dict[str, datetime]
    _lock: Lock

    def _create(self, task: Task, now: datetime, alone: str | None) -> Task: ...
    def _owned(self, task: Task) -> Task: ...
    def _note(self, task: Task, now: datetime, **marks: Any) -> Task: ...
    def _store(self, task: Task, now: datetime) -> Task: ...


class Healing:
    """note_cancellation, retry and resolve of ports.ExecutionStore."""

    def note_cancellation(self: Base, task: Task, *, now: datetime) -> Task:
        return self._note(task, now, cancellation=task.cancellation)

    def retry(
        self: Base,
        task: Task,
        new: Task,
        *,
        by: str,
        now: datetime,
        alone: str | None = None,
        during: Task | None = None,
    ) -> Task:
        with self._lock:
            there = self.tasks.get(new.task_id)
            if there is not None and not there.is_expired(now):
                return there
            standing = _as_read(self, task)
            if standing.retried_as is not None:
                raise StaleAttemptError(task.task_id)
            if during is not None:
                try:
                    self._owned(during)
                except StaleAttemptError as error:
                    raise RunOvertakenError(during.task_id) from error
            created = self._create(new, now, alone)
            event = retrying(standing, as_task=new.task_id, by=by, at=now)
            self.events.append(event)
            self.failed_at.pop(task.task_id, None)
            marked = replace(
                standing, retried_as=new.task_id, retried_by=by, sequence=event.sequence
            )
            self._store(marked, now)
            return created

    def resolve(self: Base, task: Task, resolution: Resolution, *, now: datetime) -> Task:
        with self._lock:
            standing = _as_read(self, task)
            if standing.resolution is not None:
                raise StaleAttemptError(task.task_id)
            event = resolving(standing, resolution)
            self.events.append(event)
            return self._store(
                replace(standing, resolution=resolution, sequence=event.sequence), now
            )


def same_attempt(one: Task, other: Task) -> bool:
    """Whether both are the record as the same attempt has it."""
    return (one.execution_name, one.claimed_by) == (other.execution_name, other.claimed_by)


def _as_read(store: Base, task: Task) -> Task:
    standing = store.tasks.get(task.task_id)
    read = (task.execution_name, task.status, task.sequence)
    if standing is None or (standing.execution_name, standing.status, standing.sequence) != read:
        raise StaleAttemptError(task.task_id)
    return standing

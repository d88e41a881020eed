"""The part of the executions' twin that ends tasks: as their steps do, and from outside."""

from dataclasses import replace
from datetime import datetime

from breakwater.domain.attempts import outside
from breakwater.domain.errors import StaleAttemptError, TaskSettledError
from breakwater.domain.events import ending
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from tests.fakes.healing import Base, same_attempt


class Ends:
    """settle and end of ports.ExecutionStore."""

    def settle(
        self: Base,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        with self._lock:
            ended = self.tasks.get(task.task_id)
            if ended is not None and ended.status.is_terminal and same_attempt(ended, task):
                return ended  # its own end, whose answer was lost
            standing = replace(self._owned(task), intent=task.intent, handle=task.handle)
            return _ended(self, standing, outcome, now, expires_at, due_at)

    def end(
        self: Base,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        with self._lock:
            standing = self.tasks.get(task.task_id)
            if standing is None:
                raise StaleAttemptError(task.task_id)
            if standing.status.is_terminal:
                mine = (task.execution_name, outside(task.claimed_by), now)
                if (standing.execution_name, standing.claimed_by, standing.updated_at) == mine:
                    return standing  # this very end, whose answer was lost
                raise TaskSettledError(task.task_id, standing.status.value)
            read = (task.execution_name, task.revision)
            if (standing.execution_name, standing.revision) != read:
                raise StaleAttemptError(task.task_id)
            standing = replace(standing, claimed_by=outside(standing.claimed_by))
            return _ended(self, standing, outcome, now, expires_at, due_at)


def _ended(
    store: Base,
    task: Task,
    outcome: Outcome,
    now: datetime,
    expires: datetime,
    due: datetime | None,
) -> Task:
    event = ending(task, outcome, at=now)
    store.events.append(event)
    store.ended_at[task.task_id] = now
    if outcome.status is Status.FAILED and task.kind is not Kind.REPLAY:
        store.failed_at[task.task_id] = now
    return store._store(
        replace(
            task,
            status=outcome.status,
            result=outcome.result,
            problem=outcome.problem,
            cancellation=outcome.cancellation,
            sequence=event.sequence,
            expires_at=expires,
            retry_at=None,
            due_at=due,
        ),
        now,
    )

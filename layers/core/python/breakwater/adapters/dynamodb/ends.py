"""How a task ends in the table: its record and its event, in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb import documents
from breakwater.adapters.dynamodb.calls import ConditionFailed, send
from breakwater.adapters.dynamodb.mapping import ended_key, stamp, to_event_item
from breakwater.adapters.dynamodb.models import EventItem, bound
from breakwater.adapters.dynamodb.tasktable import TaskTable, put
from breakwater.domain.attempts import outside
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.events import Event, ending
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task

_RECORD = 0
"""The place of the record in an end's transaction."""


class Ends:
    """Writes the one terminal status of a task, for the attempt that has it or from outside."""

    def __init__(self, table: TaskTable, events_table: str | None) -> None:
        self._table = table
        self._event = bound(EventItem, events_table) if events_table else None

    def settle(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None,
    ) -> Task:
        """End the task for the attempt that owns it."""
        ended = _ended(task, outcome, now, expires_at, due_at=due_at)
        try:
            self._write(ended, self._table.owned(task), ending(task, outcome, at=now))
        except ConditionFailed as failed:
            if not self._is_mine(ended, failed):
                raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
        return ended

    def end(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None,
    ) -> Task:
        """End the task from outside; see ports.ExecutionStore.end."""
        ended = _ended(task, outcome, now, expires_at, due_at=due_at)
        ended = replace(ended, claimed_by=outside(task.claimed_by), revision=task.revision + 1)
        unchanged = self._table.unfinished(task) & (self._table.item.revision == task.revision)
        try:
            self._write(ended, unchanged, ending(task, outcome, at=now))
        except ConditionFailed as failed:
            if not self._is_mine(ended, failed, at=now):
                self._table.overtaker(task.task_id, failed)
                raise StaleAttemptError(f"task {task.task_id} has moved on") from failed
        return ended

    def _write(self, ended: Task, condition: Condition, event: Event) -> None:
        if self._event is None:
            raise TypeError("this store was built without an events table")
        update = self._table.request(ended.task_id, self._actions(ended), condition)
        try:
            self._commit(update, to_event_item(self._event, event))
        except ConditionFailed as failed:
            if failed.place == _RECORD:
                raise
            # Its place in the trail is taken, and yet the record is unfinished: it was restored
            # from before its end, and ends once more. Both stand in the trail.
            self._commit(update, to_event_item(self._event, event, unique=True))

    def _commit(self, update: Any, entry: EventItem) -> None:
        absent = type(entry).stream.does_not_exist()
        put = entry.get_save_kwargs_from_instance(absent)
        together: list[Any] = [{"Update": update}, {"Put": put}]
        send(self._table.client.transact_write_items, TransactItems=together)

    def _actions(self, ended: Task) -> list[Action]:
        model = self._table.item
        expires_at = ended.expires_at
        return [
            model.status.set(ended.status.value),
            put(model.result, ended.result),
            put(model.problem, documents.to_json(ended.problem)),
            put(model.cancellation, documents.to_json(ended.cancellation)),
            put(model.failed_at, stamp(ended.updated_at) if _is_failure(ended) else None),
            put(model.intent, ended.intent),
            put(model.handle, ended.handle),
            put(model.ended, ended_key(ended)),
            model.claimed_by.set(ended.claimed_by),
            model.sequence.set(ended.sequence),
            put(model.expires_at, expires_at and int(expires_at.timestamp())),
            model.retry_at.remove(),
            model.unfinished.remove(),
            *self._table.due(ended.task_id, ended.due_at),
            *self._table.touched(ended.updated_at),
        ]

    def _is_mine(self, ended: Task, failed: ConditionFailed, *, at: datetime | None = None) -> bool:
        """Whether this very end stands already, and only the answer to it was lost.

        An attempt's own end is known by the attempt; one from outside by its moment as well, since
        several may have tried it.
        """
        if failed.item is None:
            return False
        standing = self._table.task(failed.item)
        same = standing.execution_name == ended.execution_name
        mine = standing.claimed_by == ended.claimed_by and at in {None, standing.updated_at}
        return same and mine and standing.status.is_terminal


def _is_failure(ended: Task) -> bool:
    """Whether a run of many retries may find this end. It finds no other run."""
    return ended.status is Status.FAILED and ended.kind is not Kind.REPLAY


def _ended(
    task: Task, outcome: Outcome, now: datetime, expires_at: datetime, *, due_at: datetime | None
) -> Task:
    return replace(
        task,
        status=outcome.status,
        result=outcome.result,
        problem=outcome.problem,
        cancellation=outcome.cancellation,
        retry_at=None,
        sequence=task.sequence + 1,
        expires_at=expires_at,
        updated_at=now,
        due_at=due_at,
    )

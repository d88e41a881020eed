"""ports.ExecutionStore on DynamoDB: each intent is one conditional write."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, Item, send
from breakwater.adapters.dynamodb.creation import Creation
from breakwater.adapters.dynamodb.mapping import (
    problem_to_json,
    record_to_json,
    shard,
    stamp,
    to_event_item,
    to_task,
)
from breakwater.adapters.dynamodb.models import EventItem, ExecutionItem, bound, read
from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import (
    StaleAttemptError,
    TaskSettledError,
)
from breakwater.domain.events import ending
from breakwater.domain.status import TERMINAL, UNFINISHED, Status
from breakwater.domain.tasks import Outcome, Task


class DynamoExecutionStore:
    """Task records in the `executions` table, their ends together with events in `events`."""

    def __init__(
        self,
        client: Any,
        *,
        executions_table: str,
        events_table: str | None = None,
        leases_table: str | None = None,
    ) -> None:
        """Bind to tables: settling needs the events', creating a task to be alone the leases'."""
        self._client = client
        self._item = bound(ExecutionItem, executions_table)
        self._event = bound(EventItem, events_table) if events_table else None
        self._create = Creation(
            client, executions_table=executions_table, leases_table=leases_table
        )

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        """Store a new task, unless one that has not expired stands under its id."""
        return self._create(task, now=now, alone=alone)

    def get(self, task_id: str) -> Task | None:
        """Return the task by a consistent read, or None."""
        answer = send(
            self._client.get_item,
            TableName=self._item.Meta.table_name,
            Key={"task_id": {"S": task_id}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        return to_task(read(self._item, item)) if item else None

    def claim(
        self,
        task_id: str,
        *,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
    ) -> Task:
        """Make `attempt` the owner of an unfinished task of this execution."""
        model = self._item
        condition = (
            model.status.is_in(*sorted(UNFINISHED))
            & (model.execution_name == execution_name)
            & (model.claimed_by < attempt.key)
        )
        actions = [
            model.status.set(Status.RUNNING.value),
            model.claimed_by.set(attempt.key),
            model.retries.set(model.retries + (1 if attempt.retry_count else 0)),
            model.retry_at.remove(),
            *self._due(task_id, due_at),
            *self._touched(now),
        ]
        try:
            return to_task(read(model, self._update(task_id, actions, condition)))
        except ConditionFailed as failed:
            task = self._overtaker(task_id, failed)
            if task.execution_name == execution_name and task.claimed_by == attempt.key:
                return task  # my own claim, whose answer was lost
            raise StaleAttemptError(f"task {task_id} belongs to another attempt") from failed

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        """Write down an effect before it is tried."""
        self._write(task, [self._item.intent.set(dict(intent)), *self._touched(now)])
        return replace(task, intent=dict(intent), updated_at=now)

    def advance(self, task: Task, *, now: datetime) -> Task:
        """Store where an unfinished task stands."""
        model = self._item
        actions = [
            model.status.set(task.status.value),
            _put(model.intent, task.intent),
            _put(model.handle, task.handle),
            _put(model.problem, problem_to_json(task.problem)),
            _put(model.retry_at, stamp(task.retry_at) if task.retry_at else None),
            *self._due(task.task_id, task.due_at or task.deadline),
            *self._touched(now),
        ]
        self._write(task, actions)
        return replace(task, updated_at=now)

    def note_change(self, task: Task, *, now: datetime) -> Task:
        """Store how the task's change record stands."""
        model = self._item
        mine = (model.execution_name == task.execution_name) & (model.claimed_by == task.claimed_by)
        actions = [_put(model.change, record_to_json(task.change)), *self._touched(now)]
        try:
            self._update(task.task_id, actions, mine)
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
        return replace(task, updated_at=now)

    def claim_ended(
        self, task_id: str, *, execution_name: str, attempt: Attempt, now: datetime
    ) -> Task:
        """Make `attempt` the owner of an ended task of this execution."""
        model = self._item
        # Not older, instead of newer: a claim whose answer was lost is made again.
        free = (model.execution_name == execution_name) & (model.claimed_by <= attempt.key)
        condition = free & model.status.is_in(*sorted(TERMINAL))
        actions = [model.claimed_by.set(attempt.key), *self._touched(now)]
        try:
            return to_task(read(model, self._update(task_id, actions, condition)))
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task_id} is not this attempt's") from failed

    def settle(self, task: Task, outcome: Outcome, *, now: datetime, expires_at: datetime) -> Task:
        """End the task and append its event, in one transaction."""
        if self._event is None:
            raise TypeError("this store was built without an events table")
        event = ending(task, outcome, at=now)
        update = self._item(task.task_id).get_update_kwargs_from_instance(
            self._end_actions(task, outcome, event.sequence, now, expires_at),
            self._owned(task),
            ALL_OLD,
        )
        put = to_event_item(self._event, event).get_save_kwargs_from_instance(
            self._event.stream.does_not_exist()
        )
        try:
            send(
                self._client.transact_write_items, TransactItems=[{"Update": update}, {"Put": put}]
            )
        except ConditionFailed as failed:
            if not self._ended_by_me(task, failed):
                raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
        return replace(
            task,
            status=outcome.status,
            result=outcome.result,
            problem=outcome.problem,
            sequence=event.sequence,
            expires_at=expires_at,
            updated_at=now,
            due_at=None,
        )

    def _end_actions(
        self, task: Task, outcome: Outcome, sequence: int, now: datetime, expires_at: datetime
    ) -> list[Action]:
        model = self._item
        return [
            model.status.set(outcome.status.value),
            _put(model.result, outcome.result),
            _put(model.problem, problem_to_json(outcome.problem)),
            _put(model.intent, task.intent),
            _put(model.handle, task.handle),
            model.sequence.set(sequence),
            model.expires_at.set(int(expires_at.timestamp())),
            model.retry_at.remove(),
            model.due_shard.remove(),
            model.due_at.remove(),
            *self._touched(now),
        ]

    def _update(self, task_id: str, actions: list[Action], condition: Condition) -> Item:
        request = self._item(task_id).get_update_kwargs_from_instance(actions, condition, ALL_OLD)
        answer = send(self._client.update_item, **request, ReturnValues="ALL_NEW")
        item: Item = answer["Attributes"]
        return item

    def _write(self, task: Task, actions: list[Action]) -> None:
        try:
            self._update(task.task_id, actions, self._owned(task))
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed

    def _owned(self, task: Task) -> Condition:
        """Return the condition that the task is unfinished and still this attempt's."""
        model = self._item
        owned: Condition = (
            model.status.is_in(*sorted(UNFINISHED))
            & (model.execution_name == task.execution_name)
            & (model.claimed_by == task.claimed_by)
        )
        return owned

    def _overtaker(self, task_id: str, failed: ConditionFailed) -> Task:
        """Return the unfinished task that a claim failed on."""
        if failed.item is None:
            raise StaleAttemptError(f"task {task_id} is gone") from failed
        task = to_task(read(self._item, failed.item))
        if task.status.is_terminal:
            raise TaskSettledError(task_id, task.status.value) from failed
        return task

    def _ended_by_me(self, task: Task, failed: ConditionFailed) -> bool:
        """Whether this attempt had ended the task already, and only the answer was lost."""
        if failed.item is None:
            return False
        standing = to_task(read(self._item, failed.item))
        mine = standing.claimed_by == task.claimed_by
        same = standing.execution_name == task.execution_name
        return mine and same and standing.status.is_terminal

    def _due(self, task_id: str, due_at: datetime) -> list[Action]:
        model = self._item
        return [model.due_shard.set(shard(task_id)), model.due_at.set(int(due_at.timestamp()))]

    def _touched(self, now: datetime) -> list[Action]:
        return [self._item.updated_at.set(stamp(now)), self._item.revision.add(1)]


def _put(attribute: Any, value: Any) -> Action:
    """Return the action that stores `value`, or removes the attribute where there is none."""
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action

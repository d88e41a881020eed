"""What is healed: an ended task retried as a new one, and an unknown outcome resolved.

Both change an ended task beside its status, together with the event that says so. A retry is one
transaction with the new task: neither knows of the other without the other knowing.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from breakwater.adapters.dynamodb import documents
from breakwater.adapters.dynamodb.calls import ConditionFailed, send
from breakwater.adapters.dynamodb.creation import Creation
from breakwater.adapters.dynamodb.mapping import to_event_item
from breakwater.adapters.dynamodb.models import EventItem, bound
from breakwater.adapters.dynamodb.tasktable import TaskTable
from breakwater.domain.errors import RunOvertakenError, StaleAttemptError
from breakwater.domain.events import Event, resolving, retrying
from breakwater.domain.resolutions import Resolution
from breakwater.domain.tasks import Task


class Retries:
    """Writes what stands beside an ended task's status."""

    def __init__(self, table: TaskTable, create: Creation, events_table: str | None) -> None:
        self._table = table
        self._create = create
        self._event = bound(EventItem, events_table) if events_table else None

    def retry(
        self,
        task: Task,
        new: Task,
        *,
        by: str,
        now: datetime,
        alone: str | None,
        during: Task | None,
    ) -> Task:
        """Store `new` as the retry of `task`; see ports.ExecutionStore.retry."""
        model = self._table.item
        event = retrying(task, as_task=new.task_id, by=by, at=now)
        actions = [
            model.retried_as.set(new.task_id),
            model.retried_by.set(by),
            model.sequence.set(event.sequence),
            model.failed_at.remove(),
            *self._table.touched(now),
        ]
        as_read = self._as_read(task) & model.retried_as.does_not_exist()
        beside: list[dict[str, Any]] = [
            {"Update": self._table.request(task.task_id, actions, as_read)},
            self._entry(event),
            *([self._still(during)] if during else []),
        ]
        try:
            return self._create(new, now=now, alone=alone, beside=beside)
        except ConditionFailed as failed:
            if during is not None and failed.place == len(beside) + (1 if alone else 0):
                raise RunOvertakenError(f"run {during.task_id} is not this attempt's") from failed
            raise StaleAttemptError(f"task {task.task_id} has moved on") from failed

    def resolve(self, task: Task, resolution: Resolution, *, now: datetime) -> Task:
        """Write down what was found out; see ports.ExecutionStore.resolve."""
        model = self._table.item
        event = resolving(task, resolution)
        actions = [
            model.resolution.set(documents.to_json(resolution)),
            model.sequence.set(event.sequence),
            *self._table.touched(now),
        ]
        as_read = self._as_read(task) & model.resolution.does_not_exist()
        update = {"Update": self._table.request(task.task_id, actions, as_read)}
        try:
            send(
                self._table.client.transact_write_items,
                TransactItems=[update, self._entry(event)],
            )
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task.task_id} has moved on") from failed
        return replace(
            task,
            resolution=resolution,
            sequence=event.sequence,
            updated_at=now,
            revision=task.revision + 1,
        )

    def _as_read(self, task: Task) -> Condition:
        """Return the condition that nothing has been written about the ended task since.

        Its sequence says so: whatever is decided about an ended task is an event. What its change
        record or its vendor says meanwhile changes none of it.
        """
        model = self._table.item
        condition: Condition = (
            (model.execution_name == task.execution_name)
            & (model.status == task.status.value)
            & (model.sequence == task.sequence)
        )
        return condition

    def _still(self, run: Task) -> dict[str, Any]:
        """Return the check that the attempt `run` still has its unfinished task."""
        # pynamodb builds no checks; a conditional delete has the same parts.
        owned = self._table.owned(run)
        return {
            "ConditionCheck": self._table.item(run.task_id).get_delete_kwargs_from_instance(owned)
        }

    def _entry(self, event: Event) -> dict[str, Any]:
        if self._event is None:
            raise TypeError("this store was built without an events table")
        absent = self._event.stream.does_not_exist()
        return {"Put": to_event_item(self._event, event).get_save_kwargs_from_instance(absent)}

"""How a task comes into the table: once, with its input, and alone where only one may run.

Being alone is a lease that commits together with the task and names it. Nobody gives it back: it is
free as soon as the task that it names has ended, or should have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, Item, send
from breakwater.adapters.dynamodb.inputs import Inputs, input_key
from breakwater.adapters.dynamodb.leases import FORGOTTEN_AFTER
from breakwater.adapters.dynamodb.mapping import to_task, to_values
from breakwater.adapters.dynamodb.models import ExecutionItem, LeaseItem, bound, read
from breakwater.domain.errors import AlreadyRunningError, StorageUnavailableError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task

TRIES = 4
"""How often one request may find that another has just taken what had become free."""


class Creation:
    """Stores new tasks in `executions`, and whom they keep out in `leases`."""

    def __init__(
        self,
        client: Any,
        *,
        executions_table: str,
        leases_table: str | None,
        inputs: Inputs,
    ) -> None:
        self._client = client
        self._item = bound(ExecutionItem, executions_table)
        self._inputs = inputs
        self._lease = bound(LeaseItem, leases_table) if leases_table else None

    def __call__(
        self,
        task: Task,
        *,
        now: datetime,
        alone: str | None,
        beside: Sequence[Mapping[str, Any]] = (),
    ) -> Task:
        """Store the task; see ports.ExecutionStore.create.

        `beside` are further parts of the transaction; raises ConditionFailed where one of their
        conditions does not hold.
        """
        ended, own_places = "", 2 if alone else 1
        for _ in range(TRIES):
            try:
                return self._put(task, now, alone, ended, beside)
            except ConditionFailed as failed:
                if failed.place == 0:
                    standing = self._standing(task.task_id, failed)
                    return task if standing.request_token == task.request_token else standing
                if failed.place >= own_places:
                    raise
                ended = str(failed.item["holder"]["S"]) if failed.item else ""
            if alone and ended and self._is_unfinished(ended):
                raise AlreadyRunningError(alone, task_id=ended)
        raise StorageUnavailableError("others keep starting the same")

    def _put(
        self,
        task: Task,
        now: datetime,
        alone: str | None,
        ended: str,
        beside: Sequence[Mapping[str, Any]],
    ) -> Task:
        model = self._item
        free = model.task_id.does_not_exist() | (model.expires_at <= now.timestamp())
        lease = [{"Put": self._taken(alone, task, now, ended)}] if alone else []
        self._inputs.put(model(**to_values(task)), task, free, beside=[*lease, *beside])
        return task

    def _taken(self, alone: str, task: Task, now: datetime, ended: str) -> Mapping[str, Any]:
        """Return the put that takes `alone` for the task, also from the task `ended`."""
        if self._lease is None:
            raise TypeError("this store was built without a leases table")
        model = self._lease
        free = (
            model.resource.does_not_exist()
            | (model.until <= now.timestamp())
            | model.holder.is_in(task.task_id, ended or task.task_id)
        )
        lease = model(
            resource=alone,
            holder=task.task_id,
            until=task.deadline.timestamp(),
            expires_at=int((task.deadline + FORGOTTEN_AFTER).timestamp()),
        )
        put: Mapping[str, Any] = lease.get_save_kwargs_from_instance(free, ALL_OLD)
        return put

    def _is_unfinished(self, task_id: str) -> bool:
        item = self._get(task_id)
        return item is not None and not to_task(read(self._item, item)).status.is_terminal

    def _standing(self, task_id: str, failed: ConditionFailed) -> Task:
        """Return the task that stands in the way of a new one, with its input if it may start."""
        item = failed.item or self._get(task_id)
        if item is None:
            raise StorageUnavailableError("an expired task went away just now") from failed
        standing = read(self._item, item)
        task = to_task(standing)
        if standing.input_apart and task.status is Status.PENDING:
            apart = self._get(input_key(task_id))
            return replace(task, input=self._inputs.read(apart)) if apart else task
        return task

    def _get(self, key: str) -> Item | None:
        answer = send(
            self._client.get_item,
            TableName=self._item.Meta.table_name,
            Key={"task_id": {"S": key}},
            ConsistentRead=True,
        )
        item: Item | None = answer.get("Item")
        return item

"""The bytes that a task's execution is started with: in its item, or beside it when they are large.

Every update pays for the whole item, so a large input stands in an item of its own, written in the
same transaction.
"""

from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from breakwater.adapters.dynamodb.calls import ALL_OLD, Item, send
from breakwater.adapters.dynamodb.models import ExecutionItem, InputItem, bound, read
from breakwater.domain.tasks import Task

INLINE_BYTES = 4096
"""Up to this size the input stays in the task's item."""
RETENTION = timedelta(days=2)
"""How long past its deadline a task's separate input is kept: it is only needed to start it."""


class Inputs:
    """Writes new tasks with their inputs, and reads back those that stand apart."""

    def __init__(self, client: Any, executions_table: str) -> None:
        self._client = client
        self._item = bound(InputItem, executions_table)

    def put(self, item: ExecutionItem, task: Task, condition: Condition) -> None:
        """Store a task's item and its input, if `condition` holds. Raises ConditionFailed."""
        item.input_apart = len(task.input) > INLINE_BYTES
        if not item.input_apart:
            item.input = task.input
            put = item.get_save_kwargs_from_instance(condition, ALL_OLD)
            send(self._client.put_item, **put)
            return
        apart = self._item(
            task_id=input_key(task.task_id),
            input=task.input,
            expires_at=int((task.deadline + RETENTION).timestamp()),
        )
        puts = [
            item.get_save_kwargs_from_instance(condition, ALL_OLD),
            apart.get_save_kwargs_from_instance(),
        ]
        send(self._client.transact_write_items, TransactItems=[{"Put": put} for put in puts])

    def read(self, item: Item) -> bytes:
        """Return the input that an item of its own holds."""
        return bytes(read(self._item, item).input)


def input_key(task_id: str) -> str:
    """Return the key of a task's separate input; no task's id, as ids are UUIDs."""
    return f"{task_id}#input"

"""The bytes that a task's execution is started with: in its item, or beside it when they are large.

Every update pays for the whole item, so a large input stands in an item of its own, written in the
same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from breakwater.adapters.dynamodb.calls import ALL_OLD, Item, send
from breakwater.adapters.dynamodb.models import ExecutionItem, InputItem, bound, read
from breakwater.domain.tasks import Task

INLINE_BYTES = 4096
"""Up to this size the input stays in the task's item."""
LATE = timedelta(days=2)
"""By how much a task's end, from which its record is kept on, may come after its deadline."""


class Inputs:
    """Writes new tasks with their inputs, and reads back those that stand apart."""

    def __init__(self, client: Any, executions_table: str, *, retention: timedelta) -> None:
        """Bind to a table; an input is kept for as long as its ended task is, to be retried."""
        self._client = client
        self._retention = retention
        self._item = bound(InputItem, executions_table)

    def put(
        self,
        item: ExecutionItem,
        task: Task,
        condition: Condition,
        *,
        beside: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Store a task's item and its input, if `condition` holds, and what is `beside` with it.

        Raises ConditionFailed, whose place is 0 where it was the task's.
        """
        item.input_apart = len(task.input) > INLINE_BYTES
        others = [*beside]
        if not item.input_apart:
            item.input = task.input
        else:
            apart = self._item(
                task_id=input_key(task.task_id),
                input=task.input,
                expires_at=int((task.deadline + LATE + self._retention).timestamp()),
            )
            others.append({"Put": apart.get_save_kwargs_from_instance()})
        put = item.get_save_kwargs_from_instance(condition, ALL_OLD)
        if not others:
            send(self._client.put_item, **put)
            return
        together = [{"Put": put}, *others]
        send(self._client.transact_write_items, TransactItems=together)

    def read(self, item: Item) -> bytes:
        """Return the input that an item of its own holds."""
        return bytes(read(self._item, item).input)


def input_key(task_id: str) -> str:
    """Return the key of a task's separate input; no task's id, as ids are UUIDs."""
    return f"{task_id}#input"

"""The `executions` table as its stores write to it: one conditional update at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, Item, send
from breakwater.adapters.dynamodb.keys import shard
from breakwater.adapters.dynamodb.mapping import stamp, to_task
from breakwater.adapters.dynamodb.models import ExecutionItem, bound, read
from breakwater.domain.errors import StaleAttemptError, TaskSettledError
from breakwater.domain.status import UNFINISHED
from breakwater.domain.tasks import Task


class TaskTable:
    """Reads and updates of tasks' items, and the conditions and actions that these share."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.item = bound(ExecutionItem, table)

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.item.Meta.table_name)

    def get(self, key: str) -> Item | None:
        """Return an item by a consistent read, or None."""
        answer = send(
            self.client.get_item,
            TableName=self.name,
            Key={"task_id": {"S": key}},
            ConsistentRead=True,
        )
        item: Item | None = answer.get("Item")
        return item

    def update(self, task_id: str, actions: Sequence[Action], condition: Condition) -> Task:
        """Change an item if `condition` holds, and return the task. Raises ConditionFailed."""
        request = self.request(task_id, actions, condition)
        answer = send(self.client.update_item, **request, ReturnValues="ALL_NEW")
        return self.task(answer["Attributes"])

    def request(self, task_id: str, actions: Sequence[Action], condition: Condition) -> Any:
        """Return the request of an update, to be sent alone or in a transaction."""
        item = self.item(task_id)
        return item.get_update_kwargs_from_instance([*actions], condition, ALL_OLD)

    def task(self, item: Item) -> Task:
        """Return the task that an item stands for."""
        return to_task(read(self.item, item))

    def unfinished(self, task: Task) -> Condition:
        """Return the condition that the task is unfinished and of this execution."""
        model = self.item
        condition: Condition = model.status.is_in(*sorted(UNFINISHED)) & (
            model.execution_name == task.execution_name
        )
        return condition

    def owned(self, task: Task) -> Condition:
        """Return the condition that the task is unfinished and still this attempt's."""
        condition: Condition = self.unfinished(task) & (self.item.claimed_by == task.claimed_by)
        return condition

    def as_known(self, task: Task) -> Condition:
        """Return the condition that it is this attempt's, intent and handle as `task` has them."""
        condition: Condition = self.owned(task)
        for attribute, known in ((self.item.intent, task.intent), (self.item.handle, task.handle)):
            condition &= attribute.does_not_exist() if known is None else attribute == dict(known)
        return condition

    def is_intended(self, task: Task, failed: ConditionFailed) -> bool:
        """Whether this very intent stands, and only the answer to its write was lost."""
        if failed.item is None:
            return False
        standing = self.task(failed.item)
        same = standing.execution_name == task.execution_name and not standing.status.is_terminal
        return same and (standing.claimed_by, standing.intent) == (task.claimed_by, task.intent)

    def due(self, task_id: str, due_at: datetime | None) -> list[Action]:
        """Return the actions that make a task due then, or never."""
        model = self.item
        if due_at is None:
            return [model.due_shard.remove(), model.due_at.remove()]
        return [model.due_shard.set(shard(task_id)), model.due_at.set(int(due_at.timestamp()))]

    def touched(self, now: datetime) -> list[Action]:
        """Return the actions that belong to every change that people may see."""
        return [self.item.updated_at.set(stamp(now)), self.item.revision.add(1)]

    def overtaker(self, task_id: str, failed: ConditionFailed) -> Task:
        """Return the unfinished task that a write failed on.

        Raises TaskSettledError, and StaleAttemptError where it is gone.
        """
        if failed.item is None:
            raise StaleAttemptError(f"task {task_id} is gone") from failed
        task = self.task(failed.item)
        if task.status.is_terminal:
            raise TaskSettledError(task_id, task.status.value) from failed
        return task


def put(attribute: Any, value: Any) -> Action:
    """Return the action that stores `value`, or removes the attribute where there is none."""
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action

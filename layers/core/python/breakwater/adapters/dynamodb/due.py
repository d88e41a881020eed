"""Which tasks are due for a look: the sparse index `due`, and when a task is looked at again."""

from dataclasses import replace
from datetime import UTC, datetime

from breakwater.adapters.dynamodb.calls import ConditionFailed, send
from breakwater.adapters.dynamodb.keys import DUE_SHARDS
from breakwater.adapters.dynamodb.tasktable import TaskTable
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.tasks import Task
from breakwater.ports import Due, DueTask

INDEX = "due"


class DueTasks:
    """Reads what is due, every shard of it, and lets it come back later."""

    def __init__(self, table: TaskTable) -> None:
        self._table = table

    def read(self, *, now: datetime, limit: int) -> Due:
        """Return the ids of the longest due, `limit` at most."""
        found: list[tuple[int, str]] = []
        more = False
        for shard in range(DUE_SHARDS):
            answer = send(
                self._table.client.query,
                TableName=self._table.name,
                IndexName=INDEX,
                KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                ExpressionAttributeValues={
                    ":shard": {"N": str(shard)},
                    ":now": {"N": str(int(now.timestamp()))},
                },
                Limit=limit,
            )
            more |= "LastEvaluatedKey" in answer
            found += [(int(i["due_at"]["N"]), i["task_id"]["S"]) for i in answer["Items"]]
        found.sort()
        tasks = [
            DueTask(task_id, datetime.fromtimestamp(due_at, UTC))
            for due_at, task_id in found[:limit]
        ]
        return Due(tasks, more or len(found) > limit)

    def take(self, due: DueTask, *, due_at: datetime) -> Task:
        """Make the task due later, if it is due as the index had it, and return it."""
        as_read = self._table.item.due_at == int(due.due_at.timestamp())
        try:
            return self._table.update(due.task_id, self._table.due(due.task_id, due_at), as_read)
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {due.task_id} is not due") from failed

    def postpone(self, task: Task, *, due_at: datetime | None) -> Task:
        """Make the task due later, or never, if it is still due as it was read."""
        model = self._table.item
        as_read = model.execution_name == task.execution_name
        if task.due_at is None:
            as_read &= model.due_at.does_not_exist()
        else:
            as_read &= model.due_at == int(task.due_at.timestamp())
        try:
            self._table.update(task.task_id, self._table.due(task.task_id, due_at), as_read)
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task.task_id} has moved on") from failed
        return replace(task, due_at=due_at)

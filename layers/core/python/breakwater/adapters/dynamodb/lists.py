"""ports.TaskLists on DynamoDB: an index names the tasks, newest first; the table says how they are.

The indexes hold keys only, so that a status update costs no index write. Whoever asks for
everybody's tasks reads `by_month`, whose partitions are a month's parts: one alone would take every
accept of the month, and a partition takes 1,000 writes a second.
"""

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from breakwater.adapters.dynamodb.calls import Item, send
from breakwater.adapters.dynamodb.keys import LIST_PARTS, month_part
from breakwater.adapters.dynamodb.mapping import to_task
from breakwater.adapters.dynamodb.models import ExecutionItem, bound, read
from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.tasks import Task
from breakwater.ports import TaskPage, TaskQuery

PART = 100
"""How many tasks are looked up together: BatchGetItem takes as many.
Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
PARTS = 5
"""How many such parts one page looks through."""
TRIES = 4
"""How often keys are asked for that an answer left out: it ends at 16 MB."""


class DynamoTaskLists:
    """Lists over the `executions` table."""

    def __init__(self, client: Any, *, executions_table: str, kept_for: timedelta) -> None:
        """Bind to the table; `kept_for` is how long after its acceptance a task may still stand."""
        self._client = client
        self._table = executions_table
        self._item = bound(ExecutionItem, executions_table)
        self._kept_for = kept_for

    def read(self, query: TaskQuery, *, after: str | None, limit: int, now: datetime) -> TaskPage:
        """Return tasks from behind a position, newest first."""
        found: list[Task] = []
        positions = self._positions(query, after, now)
        for _ in range(PARTS):
            part = list(islice(positions, PART))
            tasks = self._tasks([_task_id(position) for position in part])
            for position in part:
                after = position
                task = tasks.pop(_task_id(position), None)
                if task and not task.is_expired(now) and query.takes(task):
                    found.append(task)
                    if len(found) == limit:
                        return TaskPage(found, after)
            if len(part) < PART:
                return TaskPage(found, None)
        return TaskPage(found, after)

    def _positions(self, query: TaskQuery, after: str | None, now: datetime) -> Iterator[str]:
        """Return the positions of all tasks that may be meant, newest first."""
        if query.correlation_id is not None:
            yield from self._partition("correlation_id", query.correlation_id, after)
        elif query.owner is not None:
            yield from self._partition("owner", query.owner, after)
        else:
            for month in _months(now, now - self._kept_for):
                if after is None or month <= after[: len(month)]:
                    parts = [month_part(month, number) for number in range(LIST_PARTS)]
                    streams = [self._partition("month_part", part, after) for part in parts]
                    yield from heapq.merge(*streams, reverse=True)

    def _partition(self, attribute: str, value: str, after: str | None) -> Iterator[str]:
        """Return the positions in one partition of an index, a query at a time."""
        while True:
            condition = "#key = :key" + (" AND #position < :after" if after else "")
            names = {"#key": attribute, **({"#position": "position"} if after else {})}
            values = {":key": {"S": value}, **({":after": {"S": after}} if after else {})}
            answer = send(
                self._client.query,
                TableName=self._table,
                IndexName=INDEXES[attribute],
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                Limit=PART,
            )
            for item in answer["Items"]:
                after = str(item["position"]["S"])
                yield after
            if "LastEvaluatedKey" not in answer:
                return

    def _tasks(self, task_ids: Sequence[str]) -> dict[str, Task]:
        """Return those of the tasks that still stand, by consistent reads."""
        # Once each, though an index that is read while it changes may name one twice.
        keys = [{"task_id": {"S": task_id}} for task_id in dict.fromkeys(task_ids)]
        found: dict[str, Task] = {}
        for _ in range(TRIES):
            if not keys:
                return found
            answer = send(
                self._client.batch_get_item,
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}},
            )
            items: list[Item] = answer["Responses"].get(self._table, [])
            for item in items:
                task = to_task(read(self._item, item))
                found[task.task_id] = task
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        raise StorageUnavailableError("DynamoDB asks for patience")


INDEXES = {
    "owner": "by_owner",
    "correlation_id": "by_correlation",
    "month_part": "by_month",
}


def _task_id(position: str) -> str:
    return position.rpartition("#")[2]


def _months(newest: datetime, oldest: datetime) -> Iterator[str]:
    """Return the months from one moment back to another, as `2026-11`."""
    year, month = newest.year, newest.month
    while (year, month) >= (oldest.year, oldest.month):
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)

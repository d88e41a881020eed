"""ports.FailureIndex on DynamoDB: two questions, each with an index that answers it.

By service (or each service in turn) the sparse index `failures` has exactly the tasks that failed
and were not retried, by the time of their ends. By correlation id the index `by_correlation` has
all tasks, so that their items have to be read to know.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from breakwater.adapters.dynamodb.calls import send
from breakwater.adapters.dynamodb.mapping import stamp
from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.replays import Selection
from breakwater.ports.failures import Count, Failures
from breakwater.resilience.deadline import Deadline

BY_SERVICE, BY_CORRELATION = "failures", "by_correlation"
PAGE = 1_000
"""How many keys are counted with one query: a fraction of the megabyte that one may read."""
BATCH = 100
"""How many items BatchGetItem reads.
Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
EARLIEST = "0"

Key = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Page:
    keys: Sequence[Key]
    last: Key | None


class DynamoFailures:
    """Failed tasks in the `executions` table."""

    def __init__(self, client: Any, *, executions_table: str, services: Sequence[str]) -> None:
        """Bind to a table; `services` are all that a task can be for."""
        self._client = client
        self._table = executions_table
        self._services = tuple(services)

    def count(self, selection: Selection, *, deadline: Deadline) -> Count:
        """Count page by page; a selection by correlation id is read to be counted."""
        number, position = 0, None
        while True:
            part, last = self._part(selection, position, PAGE)
            number += len(part)
            if last is None:
                return Count(number, exact=True)
            if deadline.passed:
                return Count(number, exact=False)
            position = last

    def read(self, selection: Selection, *, after: str | None, limit: int) -> Failures:
        """Return the tasks behind a position."""
        part, last = self._part(selection, after, limit)
        return Failures(part, last)

    def _part(
        self, selection: Selection, after: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        if selection.is_empty:  # BETWEEN with its bounds the wrong way round is refused
            return [], None
        place, start = json.loads(after) if after else (0, None)
        if selection.correlation_id is not None:
            page = self._by_correlation(selection.correlation_id, start, min(limit, BATCH))
            return self._failed(page.keys, selection), _position(0, page.last)
        services = [selection.service] if selection.service else list(self._services)
        page = self._by_service(services[place], selection, start, limit)
        if page.last is None and place + 1 < len(services):
            return _ids(page), _position(place + 1, {})
        return _ids(page), _position(place, page.last)

    def _by_service(
        self, service: str, selection: Selection, start: Key | None, limit: int
    ) -> _Page:
        after = stamp(selection.failed_after) if selection.failed_after else EARLIEST
        return self._query(
            BY_SERVICE,
            "#hash = :hash AND failed_at BETWEEN :after AND :before",
            {"#hash": "service"},
            {":hash": service, ":after": after, ":before": stamp(selection.failed_before)},
            start,
            limit,
        )

    def _by_correlation(self, correlation_id: str, start: Key | None, limit: int) -> _Page:
        return self._query(
            BY_CORRELATION,
            "#hash = :hash",
            {"#hash": "correlation_id"},
            {":hash": correlation_id},
            start,
            limit,
        )

    def _query(
        self,
        index: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, str],
        start: Key | None,
        limit: int,
    ) -> _Page:
        answer = send(
            self._client.query,
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=dict(names),
            ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
            Limit=limit,
            **({"ExclusiveStartKey": start} if start else {}),
        )
        return _Page(answer["Items"], answer.get("LastEvaluatedKey"))

    def _failed(self, keys: Sequence[Key], selection: Selection) -> list[str]:
        """Return those of the tasks that have failed and are selected, in the order of `keys`."""
        if not keys:
            return []
        asked = {
            "Keys": [{"task_id": key["task_id"]} for key in keys],
            "ProjectionExpression": "task_id, #service, failed_at",
            "ExpressionAttributeNames": {"#service": "service"},
        }
        answer = send(self._client.batch_get_item, RequestItems={self._table: asked})
        if answer.get("UnprocessedKeys"):
            raise StorageUnavailableError("DynamoDB asks for patience")
        found = set(_selected(answer["Responses"].get(self._table, []), selection))
        return [key["task_id"]["S"] for key in keys if key["task_id"]["S"] in found]


def _selected(items: Sequence[Key], selection: Selection) -> Iterator[str]:
    after = stamp(selection.failed_after) if selection.failed_after else EARLIEST
    before = stamp(selection.failed_before)
    for item in items:
        failed_at = item.get("failed_at", {}).get("S", "")
        of_service = selection.service in {None, item["service"]["S"]}
        if of_service and after <= failed_at <= before:
            yield item["task_id"]["S"]


def _ids(page: _Page) -> list[str]:
    return [key["task_id"]["S"] for key in page.keys]


def _position(place: int, last: Key | None) -> str | None:
    return None if last is None else json.dumps([place, last])

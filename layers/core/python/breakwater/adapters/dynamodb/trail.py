"""ports.Trails on DynamoDB: the audit trail of a correlation id, from one index that holds all."""

import json
from collections.abc import Iterator
from typing import Any

from breakwater.adapters.dynamodb.calls import Item, send
from breakwater.adapters.dynamodb.mapping import to_entry
from breakwater.adapters.dynamodb.models import EventItem, bound, read
from breakwater.ports import Entry, Trail

INDEX = "by_correlation"
QUERIES = 5
"""How many queries one page takes at most: others' events of the same id are passed over."""


class DynamoTrails:
    """Reads the `events` table."""

    def __init__(self, client: Any, *, events_table: str) -> None:
        self._client = client
        self._table = events_table
        self._item = bound(EventItem, events_table)

    def read(
        self, correlation_id: str, *, owner: str | None, after: str | None, limit: int
    ) -> Trail:
        """Return entries from behind a position, oldest first."""
        found: list[Entry] = []
        for _ in range(QUERIES):
            answer = self._query(correlation_id, after, limit - len(found))
            entries = [to_entry(read(self._item, item)) for item in answer["Items"]]
            found += [entry for entry in entries if owner is None or entry.owner == owner]
            key = answer.get("LastEvaluatedKey")
            after = json.dumps(key) if key else None
            if after is None or len(found) >= limit:
                break
        return Trail(_in_order(found), after)

    def _query(self, correlation_id: str, after: str | None, limit: int) -> Item:
        answer: Item = send(
            self._client.query,
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="correlation_id = :id",
            ExpressionAttributeValues={":id": {"S": correlation_id}},
            Limit=limit,
            **({"ExclusiveStartKey": json.loads(after)} if after else {}),
        )
        return answer


def _in_order(entries: list[Entry]) -> list[Entry]:
    """Return a page with each stream's entries in their own order, whatever clocks have said."""
    own: dict[str, Iterator[Entry]] = {
        stream: iter(sorted((e for e in entries if e.stream == stream), key=lambda e: e.position))
        for stream in {entry.stream for entry in entries}
    }
    return [next(own[entry.stream]) for entry in entries]

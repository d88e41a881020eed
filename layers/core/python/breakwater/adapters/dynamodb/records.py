"""ports.RecordStore on DynamoDB: a record is an item, written only if it says something newer.

BatchWriteItem takes no conditions, and a transaction of a hundred is undone by one record that has
not changed; so each record is a write of its own, a few of them at a time.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, send
from breakwater.adapters.dynamodb.mapping import moment, stamp, to_record, to_record_item
from breakwater.adapters.dynamodb.models import RecordItem, WatermarkItem, bound, read
from breakwater.domain.records import Record
from breakwater.ports import Origin, Stored

AT_ONCE = 8
"""How many writes are under way together: below botocore's ten connections."""
INDEX = "by_position"


class DynamoRecordStore:
    """Records, and each system's watermark, in the `integration_records` table."""

    def __init__(self, client: Any, *, records_table: str) -> None:
        self._client = client
        self._table = records_table
        self._item = bound(RecordItem, records_table)
        self._mark = bound(WatermarkItem, records_table)

    def put(self, system: str, records: Sequence[Record], *, origin: Origin) -> int:
        """Store what is newer; return how many records this page has brought."""
        items = [to_record_item(self._item, system, record, origin) for record in records]
        pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        try:
            return sum(pool.map(self._put, items))
        finally:
            # After an error, what has not begun is left: the page is tried again as a whole.
            pool.shutdown(cancel_futures=True)

    def read(self, system: str, *, after: str | None, limit: int) -> Stored:
        """Return the records behind a position, as many as a megabyte holds."""
        condition = "#system = :system" + (" AND #position > :after" if after else "")
        names = {"#system": "system", **({"#position": "position"} if after else {})}
        values = {":system": {"S": system}, **({":after": {"S": after}} if after else {})}
        answer = send(
            self._client.query,
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            Limit=limit,
        )
        items = [read(self._item, item) for item in answer["Items"]]
        position = items[-1].position if items and "LastEvaluatedKey" in answer else None
        return Stored([to_record(item) for item in items], position)

    def watermark(self, system: str) -> datetime | None:
        """Return up to when the system is known, by a consistent read."""
        answer = send(
            self._client.get_item,
            TableName=self._table,
            Key={"record": {"S": system}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        return moment(read(self._mark, item).watermark) if item else None

    def raise_watermark(self, system: str, watermark: datetime) -> datetime:
        """Move the watermark forward; return the one that stands."""
        item = self._mark(record=system, watermark=stamp(watermark))
        forward = self._mark.watermark.does_not_exist() | (self._mark.watermark < item.watermark)
        try:
            send(self._client.put_item, **item.get_save_kwargs_from_instance(forward, ALL_OLD))
        except ConditionFailed as failed:
            return moment(read(self._mark, failed.item).watermark)
        return watermark

    def _put(self, item: RecordItem) -> bool:
        """Store a record if it is newer; whether it has come with this page of this task."""
        request = item.get_save_kwargs_from_instance(self._news(item), ALL_OLD)
        try:
            send(self._client.put_item, **request)
        except ConditionFailed as failed:
            return _same(read(self._item, failed.item), item)
        return True

    def _news(self, item: RecordItem) -> Condition:
        """Return the condition that what stands, if anything does, is older than `item`."""
        model = self._item
        later_version = (
            (model.updated_at == item.updated_at)
            & (model.asked_at < item.asked_at)
            & (model.digest != item.digest)
        )
        news: Condition = (
            model.record.does_not_exist() | (model.updated_at < item.updated_at) | later_version
        )
        return news


def _same(standing: RecordItem, item: RecordItem) -> bool:
    """Whether an earlier try of the same page has stored this very version."""
    return all(
        getattr(standing, name) == getattr(item, name)
        for name in ("mark", "page", "updated_at", "digest")
    )

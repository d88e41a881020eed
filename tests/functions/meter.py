"""What DynamoDB would bill for the requests that leave botocore, in its units.

Each write is compared with the tables before it, so that what an index takes is counted too. Rules:
docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html: a write takes a
unit for each KB of the larger of the item before and after, twice as many in a transaction; a read
half a unit for each 4 KB, twice as many if it is consistent; an index a unit for each of its
entries that is written or removed.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from breakwater.adapters import aws
from tests.fakes.aws import INDEXES, KEYS
from tests.functions.lambdas import REGION

ACCOUNT = "123456789012"
WHOLE = {"events", "integration_records"}
"""The tables whose indexes hold whole items; those of the others hold keys."""
Item = Mapping[str, Any]
Image = dict[tuple[str, ...], Item]


class Meter:
    """Counts what reaches DynamoDB and Step Functions from its making on."""

    def __init__(self) -> None:
        self.read_units = 0.0
        self.write_units = 0
        self.index_units = 0
        self.starts = 0
        self._before = _images()
        session: Any = aws._session()
        session.register("before-call.dynamodb", self._asked)
        session.register("after-call.dynamodb", self._count)
        session.register("after-call.sfn.StartExecution", self._started)

    def taken(self) -> dict[str, float]:
        """Return what was counted since the last time."""
        units = {
            "read_units": self.read_units,
            "write_units": self.write_units,
            "index_units": self.index_units,
        }
        self.read_units, self.write_units, self.index_units = 0.0, 0, 0
        return units

    def _started(self, **_: Any) -> None:
        self.starts += 1

    def _asked(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = json.loads(params["body"])

    def _count(self, model: Any, parsed: Item, context: Mapping[str, Any], **_: Any) -> None:
        asked = context["asked"]
        if model.name in {"GetItem", "Query", "BatchGetItem"}:
            consistent = asked.get("ConsistentRead") or model.name == "BatchGetItem"
            units = sum(_read(size) for size in _read_sizes(model.name, parsed))
            self.read_units += units * (1.0 if consistent else 0.5)
            return
        factor = 2 if model.name == "TransactWriteItems" else 1
        after = _images()
        for table, key in _targets(asked):
            old, new = self._before[table].pop(key, None), after[table].get(key)
            if new is not None:
                self._before[table][key] = new
            # What was refused, or written as it was, is paid for all the same.
            self.write_units += factor * max(1, _written(old), _written(new))
            self.index_units += _index_units(table, old, new)


def _targets(asked: Item) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the table and the key of each item that a request writes or checks."""
    for one in asked.get("TransactItems", [{"Any": asked}]):
        (write,) = one.values()
        attributes, table = write.get("Item", write.get("Key")), write["TableName"]
        yield table, tuple(str(attributes[key]) for key in KEYS[table])


def _images() -> dict[str, Image]:
    tables = dynamodb_backends[ACCOUNT][REGION].tables
    return {
        name: {
            tuple(str(item[key]) for key in keys): item
            for item in (each.to_json()["Attributes"] for each in tables[name].all_items())
        }
        for name, keys in KEYS.items()
    }


def _index_units(table: str, old: Item | None, new: Item | None) -> int:
    units = 0
    for keys in INDEXES.get(table, {}).values():
        was, is_now = _entry(old, keys), _entry(new, keys)
        if was != is_now or (table in WHOLE and old != new):
            for entry, item in ((was, old), (is_now, new)):
                if entry is not None:
                    units += _written(item) if table in WHOLE else 1
    return units


def _entry(item: Item | None, keys: list[str]) -> tuple[str, ...] | None:
    if item is None or not all(key in item for key in keys):
        return None
    return tuple(str(item[key]) for key in keys)


def _read_sizes(operation: str, parsed: Item) -> Iterator[int]:
    if operation == "BatchGetItem":
        for items in parsed["Responses"].values():
            yield from (_bytes(item) for item in items)
    elif operation == "Query":
        # One read of all that was found together.
        yield sum(_bytes(item) for item in parsed.get("Items", ()))
    else:
        yield _bytes(parsed.get("Item", {}))


def _read(size: int) -> int:
    return max(1, math.ceil(size / 4096))


def _written(item: Item | None) -> int:
    return 0 if item is None else max(1, math.ceil(_bytes(item) / 1024))


def _bytes(item: Item) -> int:
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    """Return how large an attribute is, as DynamoDB counts."""
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content) // 2 + 2
    if kind == "M":
        return 3 + len(content) + _bytes(content)
    if kind == "L":
        return 3 + sum(1 + _value(each) for each in content)
    if kind in {"SS", "NS"}:
        return sum(len(each) for each in content)
    return len(content.encode()) if kind == "S" else len(content) if kind == "B" else 1

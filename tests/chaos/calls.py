"""What a request to DynamoDB or Step Functions says: what is done, and for which task."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.glue import WORKER

_SERVICES = {"DynamoDB_20120810": "dynamodb", "AWSStepFunctions": "states"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "StartExecution"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORKER = re.compile(rf"\bapp/{WORKER}(\d+)")
_SETS = re.compile(r"\bSET (.*?)(?= REMOVE | ADD | DELETE |$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `service` is dynamodb or states."""

    service: str
    operation: str
    task: str | None
    """The task whose record it reads or changes, or whose execution it is about."""
    writes: bool
    intends: bool
    """Whether it notes that an effect is about to be tried."""
    worker: int | None
    """The process that sent it, where that is a Lambda's."""


def read(headers: Mapping[str, str], body: bytes) -> Call:
    """Read a request of the JSON protocol; whatever it does not say is left open."""
    prefix, _, operation = headers.get("x-amz-target", "").partition(".")
    try:
        document = json.loads(body)
    except ValueError:
        document = {}
    document = document if isinstance(document, dict) else {}
    sender = _WORKER.search(headers.get("user-agent", ""))
    return Call(
        service=_SERVICES.get(prefix, prefix),
        operation=operation,
        task=next(_tasks(document), None),
        writes=operation in _WRITES,
        intends=_intends(set(_set_by(document))),
        worker=int(sender.group(1)) if sender else None,
    )


def _intends(attributes: set[str]) -> bool:
    # Whatever tells how a task stands says its intent again.
    return "intent" in attributes and "status" not in attributes


def _tasks(document: Mapping[str, Any]) -> Iterator[str]:
    for name in ("name", "executionArn"):
        # An execution's name begins with its task's id.
        if found := _UUID.search(str(document.get(name, "")).rpartition(":")[2]):
            yield found.group()
    for part in _parts(document):
        for name in ("Key", "Item"):
            if text := part.get(name, {}).get("task_id", {}).get("S"):
                yield text


def _parts(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the request itself, or each of a transaction's."""
    if "TransactItems" not in document:
        yield document
    for item in document.get("TransactItems", []):
        yield from item.values()


def _set_by(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attributes that an update sets."""
    names = document.get("ExpressionAttributeNames", {})
    for clause in _SETS.findall(document.get("UpdateExpression", "")):
        for alias, name in names.items():
            if re.search(rf"(?:^|, ){re.escape(alias)} = ", clause):
                yield name

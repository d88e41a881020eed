"""Collects a run's evidence, past the proxy: from the tables, the vendors and the clients."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from infra.local.client import TERMINAL, Client
from infra.local.stack import LocalStack
from tests.chaos.book import Accepted, Book
from tests.chaos.evidence import Ending, Evidence, Record
from tests.chaos.rounds import GRACE_SECONDS
from tests.chaos.strikes import Strike


def records(stack: LocalStack) -> dict[str, Record]:
    """Return every task as its record stands."""
    items = _scan(stack, stack.outputs["ExecutionsTable"])
    return {record.task_id: record for record in map(_record, filter(_is_task, items))}


def endings(stack: LocalStack) -> list[Ending]:
    """Return every event that says how a task has ended."""
    return [
        ending
        for item in _scan(stack, stack.outputs["EventsTable"])
        if (ending := _ending(item)) is not None
    ]


def effects(control: httpx.Client) -> dict[str, Any]:
    """Return what the vendors' stand-ins have counted."""
    tree: dict[str, Any] = control.get("/effects").raise_for_status().json()
    return tree


def said(stack: LocalStack, accepted: Iterable[Accepted]) -> dict[str, dict[str, int]]:
    """Return how many messages of each role stand in the conversation that each chat was for."""
    paths = {one.wish.path for one in accepted if one.wish.kind == "chat"}
    with Client(stack.api_url, stack.tokens["submit"]) as client:
        return {path: _roles(client, path.removesuffix("/messages")) for path in paths}


def _roles(client: Client, path: str) -> dict[str, int]:
    messages = client.request("GET", path).raise_for_status().json()["messages"]
    return dict(Counter(message["role"] for message in messages))


def unfinished(stack: LocalStack) -> list[Record]:
    """Return the tasks that have not ended."""
    return [record for record in records(stack).values() if record.status not in TERMINAL]


def gathered(
    stack: LocalStack,
    control: httpx.Client,
    book: Book,
    *,
    strikes: Sequence[Strike] = (),
    intents: Mapping[str, Sequence[float]] | None = None,
) -> Evidence:
    """Return all evidence of a run."""
    accepted = book.accepted
    counted = effects(control)
    counted["said"] = said(stack, accepted.values())
    return Evidence(
        accepted=accepted,
        records=records(stack),
        endings=endings(stack),
        effects=counted,
        strikes=strikes,
        intents=intents or {},
        grace=GRACE_SECONDS,
        split_keys=book.split_keys,
        refusals=book.refusals,
    )


def _scan(stack: LocalStack, table: str) -> Iterator[Mapping[str, Any]]:
    pages = stack.aws.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]


def _is_task(item: Mapping[str, Any]) -> bool:
    # A large input stands in an item of its own, beside its task's.
    return "status" in item and "deadline" in item


def _record(item: Mapping[str, Any]) -> Record:
    text = {name: item[name]["S"] for name in ("task_id", "kind", "service", "status")}
    return Record(
        **text,
        correlation_id=item["correlation_id"]["S"],
        created_at=_moment(item["created_at"]["S"]),
        deadline=_moment(item["deadline"]["S"]),
        error=json.loads(item["problem"]["S"])["type"] if "problem" in item else None,
    )


def _ending(item: Mapping[str, Any]) -> Ending | None:
    status = json.loads(item["data"]["S"]).get("status")
    if status not in TERMINAL:
        return None
    return Ending(task_id=item["stream"]["S"], status=status, at=_moment(item["occurred_at"]["S"]))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

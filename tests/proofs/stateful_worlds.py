"""Where the random histories run: the in-memory twin, DynamoDB over moto, and faulty twins."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import botocore.session
from moto import mock_aws

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import BreakerStore, MemoryBreakerStore, Written
from tests.fakes.aws import create_tables

Trail = Callable[[], list[tuple[str, str, str]]]
World = Callable[[str], tuple[BreakerStore, Trail]]
"""Makes a store for one service, and what says `(type, old, new)` of each recorded change."""


def in_memory(service: str) -> tuple[BreakerStore, Trail]:
    """Return a twin of its own for each history."""
    return _with_trail(MemoryBreakerStore())


def without(name: str, attributes: frozenset[str]) -> World:
    """Return the world of a twin that skips these checks of an intent."""
    return lambda service: _with_trail(_Careless(name, attributes))


@contextmanager
def on_moto() -> Iterator[World]:
    """Yield what gives each history a service of its own in one emulated account."""
    with mock_aws():
        client = botocore.session.get_session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        create_tables(client)
        yield lambda service: (
            DynamoBreakerStore(client, circuits_table="circuits", events_table="events"),
            lambda: _trail_in(client, service),
        )


class _Careless(MemoryBreakerStore):
    """A twin that does not look at some conditions; `either` names the group of alternatives."""

    def __init__(self, name: str, attributes: frozenset[str]) -> None:
        super().__init__()
        self._name, self._attributes = name, attributes

    def attempt(self, service: str, intent: Intent) -> Written:
        if intent.name == self._name:
            kept = tuple(c for c in intent.checks if c.attribute not in self._attributes)
            either = () if "either" in self._attributes else intent.either
            intent = replace(intent, checks=kept, either=either)
        return super().attempt(service, intent)


def _with_trail(store: MemoryBreakerStore) -> tuple[BreakerStore, Trail]:
    return store, lambda: [(change.type, change.old, change.new) for _, change in store.changes]


def _trail_in(client: Any, service: str) -> list[tuple[str, str, str]]:
    pages = client.get_paginator("query").paginate(
        TableName="events",
        KeyConditionExpression="stream = :stream",
        ExpressionAttributeValues={":stream": {"S": f"circuit/{service}"}},
    )
    items = [item for page in pages for item in page["Items"]]
    data = [json.loads(item["data"]["S"]) for item in items]
    return [(i["type"]["S"], d["old"], d["new"]) for i, d in zip(items, data, strict=True)]

"""The shared store of a schedule on an emulated DynamoDB, under the real store.

A caller waits before each request that its store sends, so that others also come between the
requests of one operation. What a request does to what stands is found out once and remembered.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import botocore.session
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from breakwater.adapters.dynamodb import calls
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import BreakerStore, Written
from tests.fakes.aws import create_tables
from tests.proofs.schedules_replay import Desk, Reply
from tests.proofs.schedules_stores import SERVICE, Request, Trail
from tests.proofs.stateful_wire import Fault


class _Standing(NamedTuple):
    item: str = ""
    events: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    """Of the transactions that have landed: sent again, they answer as they did."""


class OnMoto:
    """The real store over an emulated DynamoDB. What stands is the items of both tables."""

    nothing = _Standing()

    def __init__(self, client: Any) -> None:
        self._client = client
        self._now = self.nothing
        self._known: dict[tuple[_Standing, str, str], tuple[_Standing, str]] = {}
        self._circuits: dict[str, Circuit] = {}

    def for_caller(self, desk: Desk) -> BreakerStore:
        return _Noting(desk)

    def perform(self, stands: _Standing, request: Request) -> tuple[Any, Reply]:
        body = json.loads(request.body)
        token = body.get("ClientRequestToken", "")
        if token and token in stands.tokens:
            return stands, json.dumps({})
        key = (stands, request.name, request.body)
        if key not in self._known:
            self._known[key] = self._perform(stands, request.name, body, token)
        return self._known[key]

    def circuit(self, stands: _Standing) -> Circuit:
        """Return the circuit, as the store itself reads it."""
        if stands.item not in self._circuits:
            answer = {"Item": json.loads(stands.item)} if stands.item else {}
            self._circuits[stands.item] = _store_on(_Replica(answer)).read(SERVICE)
        return self._circuits[stands.item]

    def trail(self, stands: _Standing) -> Trail:
        items = [json.loads(event) for event in stands.events]
        data = [json.loads(item["data"]["S"]) for item in items]
        return tuple(
            (item["type"]["S"], datum["old"], datum["new"])
            for item, datum in zip(items, data, strict=True)
        )

    def _perform(
        self, stands: _Standing, name: str, body: Any, token: str
    ) -> tuple[_Standing, str]:
        self._restore(stands)
        try:
            answer = getattr(self._client, name)(**body)
        except ClientError as error:
            answer = {"error": error.response}
        after = self._read(stands.tokens)
        if token and after != stands:
            after = after._replace(tokens=(*after.tokens, token))
        self._now = after
        if "error" in answer:
            answer["error"]["ResponseMetadata"] = {"HTTPStatusCode": 400}
        answer.pop("ResponseMetadata", None)
        return after, json.dumps(answer)

    def _read(self, tokens: tuple[str, ...]) -> _Standing:
        items = self._client.scan(TableName="circuits")["Items"]
        events = self._client.scan(TableName="events")["Items"]
        return _Standing(
            json.dumps(items[0], sort_keys=True) if items else "",
            tuple(sorted(json.dumps(event, sort_keys=True) for event in events)),
            tokens,
        )

    def _restore(self, stands: _Standing) -> None:
        if stands == self._now:
            return
        if not stands.item:
            self._client.delete_item(TableName="circuits", Key={"service": {"S": SERVICE}})
        elif stands.item != self._now.item:
            self._client.put_item(TableName="circuits", Item=json.loads(stands.item))
        for event in {*self._now.events} - {*stands.events}:
            item = json.loads(event)
            key = {name: item[name] for name in ("stream", "position")}
            self._client.delete_item(TableName="events", Key=key)
        for event in {*stands.events} - {*self._now.events}:
            self._client.put_item(TableName="events", Item=json.loads(event))
        self._now = stands


class _Noting:
    """The real store of one caller; each of its requests is shown with the write that it is for."""

    def __init__(self, desk: Desk) -> None:
        self._client = _Asking(desk)
        self._store = _store_on(self._client)

    def read(self, service: str) -> Circuit:
        return self._store.read(service)

    def attempt(self, service: str, intent: Intent) -> Written:
        self._client.intent = intent
        return self._store.attempt(service, intent)


class _Asking:
    """A client whose every call is a request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.intent: Intent | None = None
        self.get_item = partial(self._send, "get_item")
        self.update_item = partial(self._send, "update_item")
        self.transact_write_items = partial(self._send, "transact_write_items")

    def _send(self, name: str, **body: Any) -> Any:
        intent = None if name == "get_item" else self.intent
        reply = self._desk.ask(Request(name, json.dumps(body), intent))
        if reply is Fault.THROTTLED:
            refusal = {"Error": {"Code": "ProvisionedThroughputExceededException"}}
            raise ClientError(refusal, name)  # type: ignore[arg-type]
        if isinstance(reply, Fault):
            raise ReadTimeoutError(endpoint_url="dynamodb")
        answer = json.loads(reply)
        if "error" in answer:
            raise ClientError(answer["error"], name)
        return answer


class _Replica:
    """A client that gives one answer to every read."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def get_item(self, **_body: Any) -> Any:
        return self._answer


def _store_on(client: Any) -> DynamoBreakerStore:
    return DynamoBreakerStore(client, circuits_table="circuits", events_table="events")


@contextmanager
def on_moto() -> Iterator[OnMoto]:
    """Yield a shared store over an emulated account."""
    # What is sent once more is sent after a moment; there are no moments here.
    with mock_aws(), patch.object(calls._once_more, "sleep", lambda _seconds: None):
        client = botocore.session.get_session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        create_tables(client)
        yield OnMoto(client)

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from breakwater import bootstrap
from breakwater.adapters import aws
from breakwater.adapters.dynamodb.records import DynamoRecordStore
from breakwater.ports import Origin
from breakwater.wiring import desk
from tests.contract.aws.payloads import FreePayload
from tests.fakes.aws import create_machines, create_tables
from tests.fakes.events import SUBMITTER, http_event, json_event, override_event, post_event
from tests.fakes.front import BODY
from tests.fakes.records import a_record
from tests.fakes.tasks import NOW
from tests.functions.lambdas import REGION, VALUES

PUT, START = "dynamodb.PutItem", "sfn.StartExecution"
TRANSACT, GET = "dynamodb.TransactWriteItems", "dynamodb.GetItem"
BATCH = "dynamodb.BatchGetItem"
QUERY, SECRET = "dynamodb.Query", "secrets-manager.GetSecretValue"


class Wire:
    """The API on moto, and every request that leaves botocore."""

    def __init__(self) -> None:
        session: Any = aws._session()
        create_tables(session.create_client("dynamodb", REGION))
        create_machines(session.create_client("stepfunctions", REGION), "deployment", "sync")
        secrets = session.create_client("secretsmanager", REGION)
        secrets.create_secret(Name=VALUES["CURSOR_SECRET"], SecretString="a key")
        self.sent: list[str] = []
        session.register("before-send", self._count)

    def _count(self, event_name: str, **_request: Any) -> None:
        _, service, operation = event_name.split(".")
        self.sent.append(f"{service}.{operation}")

    def ask(self, event: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the answer, and the operations that it took."""
        self.sent.clear()
        answer = bootstrap.api().handle(event, None)
        return answer, list(self.sent)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with mock_aws():
        yield Wire()


def test__accept__takes_exactly_two_calls_in_this_order(wire: Wire) -> None:
    answer, sent = wire.ask(post_event(BODY))

    assert answer["statusCode"] == 202
    assert sent == [PUT, START]


def test__replay_of_a_pending_task__takes_the_same_two(wire: Wire) -> None:
    wire.ask(post_event(BODY, idempotency_key="k"))
    answer, sent = wire.ask(post_event(BODY, idempotency_key="k"))

    assert answer["statusCode"] == 202
    assert sent == [PUT, START]


def test__accept__of_a_large_body__takes_two_calls_too(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PAYLOADS", {"intune": lambda: FreePayload})
    bootstrap.reset()
    answer, sent = wire.ask(post_event({**BODY, "payload": {"a": "x" * 100_000}}))

    assert answer["statusCode"] == 202
    assert sent == [TRANSACT, START]


def test__key_reused__takes_one_call_and_starts_nothing(wire: Wire) -> None:
    wire.ask(post_event(BODY, idempotency_key="k"))
    other = {**BODY, "deadline_seconds": 901}
    answer, sent = wire.ask(post_event(other, idempotency_key="k"))

    assert answer["statusCode"] == 422
    assert sent == [PUT]


@pytest.mark.parametrize("body", [{}, {**BODY, "extra": 1}, {**BODY, "payload": "x" * 200_000}])
def test__refused_body__takes_no_call(wire: Wire, body: dict[str, Any]) -> None:
    assert wire.ask(post_event(body))[1] == []


def test__status__takes_exactly_one_call_and_none_of_step_functions(wire: Wire) -> None:
    posted, _ = wire.ask(post_event(BODY))
    url = posted["headers"]["Location"]
    answer, sent = wire.ask(http_event("GET", url, claims=SUBMITTER))

    assert answer["statusCode"] == 200
    assert sent == [GET]


def test__status__no_uuid_or_no_right__takes_no_call(wire: Wire) -> None:
    url = "/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/"

    assert wire.ask(http_event("GET", url, claims={"sub": "user-1"}))[1] == []
    assert wire.ask(http_event("GET", "/api/v1/tasks/x/status/", claims=SUBMITTER))[1] == []


def test__health__takes_exactly_two_calls(wire: Wire) -> None:
    answer, sent = wire.ask(http_event("GET", "/api/v1/health"))

    assert answer["statusCode"] == 200
    assert sent == [GET, BATCH]


@pytest.mark.parametrize("path", ["/api/v1/breakers", "/api/v1/breakers/intune"])
def test__breakers__take_exactly_one_call(wire: Wire, path: str) -> None:
    answer, sent = wire.ask(http_event("GET", path, claims=SUBMITTER))

    assert answer["statusCode"] == 200
    assert sent == [BATCH]


def test__override__takes_a_read_and_a_transaction(wire: Wire) -> None:
    answer, sent = wire.ask(override_event())

    assert answer["statusCode"] == 200
    assert sent == [BATCH, TRANSACT]


def a_sync() -> dict[str, Any]:
    return json_event("POST", "/api/v1/integrations/servicenow/sync")


def test__sync__takes_two_calls_and_is_refused_with_two(wire: Wire) -> None:
    first, sent = wire.ask(a_sync())
    assert (first["statusCode"], sent) == (202, [TRANSACT, START])

    refused, sent = wire.ask(a_sync())
    assert (refused["statusCode"], sent) == (409, [TRANSACT, GET])


def test__records__take_one_call__and_one_more_for_the_first_cursor(wire: Wire) -> None:
    store = DynamoRecordStore(
        aws._session().create_client("dynamodb", REGION), records_table="integration_records"
    )
    origin = Origin("t", 0, asked_at=NOW)
    store.put("servicenow", [a_record(number) for number in range(5)], origin=origin)
    path, query = "/api/v1/integrations/servicenow/records", {"limit": "2"}
    expected = iter([[QUERY, SECRET], [QUERY], [QUERY]])
    while query["limit"]:
        answer, sent = wire.ask(http_event("GET", path, claims=SUBMITTER, query=query))
        assert (answer["statusCode"], sent) == (200, next(expected))
        cursor = json.loads(answer["body"])["cursor"]
        query = {"limit": "2", "cursor": cursor} if cursor else {"limit": ""}

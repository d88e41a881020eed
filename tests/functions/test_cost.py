"""What a task costs in calls to AWS, from its acceptance to its end."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters import aws
from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
from infra.local.standins import intune
from tests.fakes.conversations import CONVERSATION_ID, a_conversation
from tests.fakes.events import SUBMITTER, http_event, post_event
from tests.fakes.risk import STATEMENT
from tests.functions.lambdas import VALUES, Account, Context, LambdaHandler

Function = Callable[[str], LambdaHandler]
Record = Callable[[str, object], None]
"""For `make bench`, which shows what these tests have counted."""

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
PAYLOAD = {
    "app_id": intune.PUBLISHED_APP,
    "group_id": "5a5a5a5a-0000-4000-8000-0000000000a1",
    "intent": "required",
}
BODY = {"connector_type": "intune", "payload": PAYLOAD}
CHANGE = {"system": "servicenow", "summary": "Company Portal"}


class Bill:
    """Every request that reaches DynamoDB or Step Functions, by its operation."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.everything: Counter[str] = Counter()
        """To every service, with its name."""
        session: Any = aws._session()
        session.register("before-send", self._count)

    def _count(self, event_name: str, **_request: Any) -> None:
        _, service, operation = event_name.split(".")
        self.everything[f"{service}.{operation}"] += 1
        if service in {"dynamodb", "sfn"}:
            self.sent[operation] += 1

    @property
    def writes(self) -> int:
        return sum(count for name, count in self.sent.items() if name in WRITES)

    @property
    def reads(self) -> int:
        return self.sent["GetItem"] + self.sent["Query"] + self.sent["BatchGetItem"]


def step(account: Account, second: int) -> dict[str, Any]:
    """Return what the machine invokes a step of the one task with."""
    (task,) = account.items("executions")
    (given,) = [account.executions(arn) for arn in MACHINES if account.executions(arn)]
    return {
        **json.loads(given[0]["input"]),
        "execution": task["execution_name"]["S"],
        "entered_at": f"2026-11-23T12:00:{second:02}.000Z",
        "retry_count": 0,
    }


MACHINES = [
    f"arn:aws:states:eu-west-1:123456789012:stateMachine:{kind}"
    for kind in ("deployment", "sync", "chat", "risk")
]


@pytest.mark.usefixtures("vendor")
def test__deployment__done_at_once__takes_six_writes(account: Account, function: Function) -> None:
    bill = Bill()
    assert function("api")(post_event(BODY), Context())["statusCode"] == 202
    assert function("deployment/submit")(step(account, 1), Context())["next"] == "succeed"

    # Stored; claimed, the app's lease taken, the intent, the lease back; the end with its event.
    assert bill.writes == 6
    # The circuit, as nobody in this environment knew it yet.
    assert bill.reads == 1
    assert bill.sent["StartExecution"] == 1


def test__accepted__takes_two_calls_and_a_count_once_in_a_while(function: Function) -> None:
    bill = Bill()
    for _ in range(100):
        assert function("api")(post_event(BODY), Context())["statusCode"] == 202
    assert (bill.sent["PutItem"], bill.sent["StartExecution"]) == (100, 100)
    assert bill.sent["Query"] <= 5
    assert bill.sent.total() == 200 + bill.sent["Query"]


@pytest.mark.usefixtures("vendor")
def test__change__takes_two_writes_before_the_end_and_two_after(
    account: Account, function: Function
) -> None:
    function("api")(post_event({**BODY, "change": CHANGE}), Context())
    bill = Bill()
    assert function("deployment/submit")(step(account, 1), Context())["next"] == "succeed"
    assert bill.writes == 5 + 2  # its intent, and what it is called
    before = bill.writes
    assert function("deployment/document")(step(account, 2), Context())["next"] == "succeed"
    assert bill.writes == before + 2  # claimed, closed


@pytest.mark.usefixtures("vendor")
def test__sync__of_one_page__takes_a_write_for_each_record_and_six_more(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Bill()
    path = "/api/v1/integrations/servicenow/sync"
    assert (
        function("api")(http_event("POST", path, claims=SUBMITTER), Context())["statusCode"] == 202
    )
    monkeypatch.setitem(VALUES, "SOFT_LIMIT_SECONDS", "300")
    handler = function("sync/pull")
    assert handler(step(account, 1), Context())["next"] == "succeed"

    # Stored alone; claimed, how far after each of two pages (the second says that there is no
    # more), the watermark; the end with its event.
    assert bill.writes == 6 + 5


def state_intent(function: Function) -> str:
    """State an intent of what BODY deploys, and return its id."""
    package = {"id": intune.PUBLISHED_APP, "provenance": "vendor", "signature": "verified"}
    event = http_event(
        "POST",
        "/api/v1/deployment-intents",
        body=json.dumps({**STATEMENT, "package": package}),
        headers={"content-type": "application/json"},
        claims=SUBMITTER,
    )
    answer = function("api")(event, Context())
    return str(json.loads(answer["body"])["intent_id"])


@pytest.mark.usefixtures("account")
def test__accept__of_a_deployment_that_names_its_intent__takes_a_read_more(
    function: Function,
) -> None:
    bill = Bill()
    intent_id = state_intent(function)
    assert bill.sent == {"PutItem": 1}
    bill.sent.clear()
    assert function("api")(post_event(BODY), Context())["statusCode"] == 202
    assert bill.sent == {"PutItem": 1, "StartExecution": 1}
    named = post_event({**BODY, "intent_id": intent_id})
    assert function("api")(named, Context())["statusCode"] == 202
    assert bill.sent == {"PutItem": 2, "StartExecution": 2, "GetItem": 1}


def test__score__takes_five_writes_and_a_read_of_each_thing_that_it_knows(
    account: Account, function: Function
) -> None:
    bill = Bill()
    path = f"/api/v1/deployment-intents/{state_intent(function)}/risk-score"
    bill.sent.clear()
    assert (
        function("api")(http_event("POST", path, claims=SUBMITTER), Context())["statusCode"] == 202
    )
    assert (bill.writes, bill.sent["GetItem"], bill.sent["StartExecution"]) == (1, 1, 1)
    assert function("risk/score")(step(account, 1), Context())["next"] == "succeed"

    # Stored; claimed, the score in the task, the score on the intent; the end with its event.
    assert bill.writes == 5
    # The intent, for whoever asks and for the step; how the last ones ended; the circuit.
    assert (bill.sent["GetItem"], bill.sent["Query"], bill.sent["BatchGetItem"]) == (2, 1, 1)


def test__history__is_one_query_of_a_bounded_size(account: Account, function: Function) -> None:
    intent_id = state_intent(function)
    path = f"/api/v1/deployment-intents/{intent_id}/risk-score"
    function("api")(http_event("POST", path, claims=SUBMITTER), Context())
    asked: list[dict[str, Any]] = []
    session: Any = aws._session()
    session.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    function("risk/score")(step(account, 1), Context())
    (query,) = asked
    assert (query["IndexName"], query["Limit"]) == ("by_package", 20)
    assert "ConsistentRead" not in query
    assert "FilterExpression" not in query


@pytest.mark.usefixtures("vendor")
def test__chat__answered_at_once__takes_five_writes(account: Account, function: Function) -> None:
    store = DynamoConversationStore(account.dynamodb, conversations_table="conversations")
    store.create(a_conversation(owner=SUBMITTER["sub"]))
    bill = Bill()
    path = f"/api/v1/conversations/{CONVERSATION_ID}/messages"
    headers = {"content-type": "application/json"}
    asked = http_event("POST", path, body='{"content": "Why?"}', headers=headers, claims=SUBMITTER)
    assert function("api")(asked, Context())["statusCode"] == 202
    # Whose conversation it is; the task, stored alone; its start.
    assert (bill.reads, bill.writes, bill.sent["StartExecution"]) == (1, 1, 1)
    assert function("chat/complete")(step(account, 1), Context())["next"] == "succeed"

    # Claimed, the question, the answer, the end with its event.
    assert bill.writes == 1 + 4
    # Whether the question stands, its turn's number, what was said before; the circuit.
    assert bill.reads == 1 + 4


def test__accept__is_two_calls(function: Function, record_testsuite_property: Record) -> None:
    bill = Bill()
    handler = function("api")
    assert handler(post_event(BODY), Context())["statusCode"] == 202
    record_testsuite_property("AWS calls to accept", bill.everything.total())
    assert bill.everything == {"dynamodb.PutItem": 1, "sfn.StartExecution": 1}


def test__status__is_one_read(function: Function, record_testsuite_property: Record) -> None:
    bill = Bill()
    handler = function("api")
    answer = json.loads(handler(post_event(BODY), Context())["body"])
    bill.everything.clear()
    read = http_event("GET", answer["status_url"], claims=SUBMITTER)
    assert handler(read, Context())["statusCode"] == 200
    record_testsuite_property("AWS calls to read a status", bill.everything.total())
    assert bill.everything == {"dynamodb.GetItem": 1}


@pytest.mark.usefixtures("vendor")
def test__step__in_a_warm_environment__reads_neither_its_circuit_nor_its_settings(
    account: Account, function: Function
) -> None:
    bill = Bill()
    handler, api = function("deployment/submit"), function("api")
    for number in (1, 2):
        api(post_event(BODY), Context())
        bill.everything.clear()
        assert handler(step_of(account, number), Context())["next"] == "succeed"
    # The second, whose group has the app: claimed; the lease taken, and given back; the end.
    assert bill.everything == {
        "dynamodb.UpdateItem": 1,
        "dynamodb.PutItem": 1,
        "dynamodb.DeleteItem": 1,
        "dynamodb.TransactWriteItems": 1,
    }


def step_of(account: Account, number: int) -> dict[str, Any]:
    """Return what the machine invokes a step of the task with that is not done yet."""
    (task,) = (each for each in account.items("executions") if each["status"]["S"] == "PENDING")
    (given,) = (
        each["input"]
        for each in account.executions(MACHINES[0])
        if task["task_id"]["S"] in each["input"]
    )
    return {
        **json.loads(given),
        "execution": task["execution_name"]["S"],
        "entered_at": f"2026-11-23T12:00:{number:02}.000Z",
        "retry_count": 0,
    }

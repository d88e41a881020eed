"""What a task costs in calls to AWS, from its acceptance to its end."""

from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters import aws
from tests.fakes.conversations import a_conversation
from tests.functions.account import Account
from tests.functions.asking import accepted, deploy, get
from tests.functions.bill import BODY, CHANGE, INTENTS, MESSAGES, SYNC, Bill, state_intent
from tests.functions.healing import url
from tests.functions.lambdas import VALUES, Context, Function

Record = Callable[[str, object], None]
"""For `make bench`, which shows what these tests have counted."""


@pytest.mark.usefixtures("vendor")
def test__deployment__done_at_once__takes_six_writes(account: Account, function: Function) -> None:
    bill = Bill()
    step = account.step(deploy(function("api"), BODY))
    assert function("deployment/submit")(step, Context())["next"] == "succeed"

    # Stored; claimed, the app's lease taken, the intent, the lease back; the end with its event.
    assert bill.writes == 6
    # The circuit, as nobody in this environment knew it yet.
    assert bill.reads == 1
    assert bill.sent["StartExecution"] == 1


def test__accepted__takes_two_calls_and_a_count_once_in_a_while(function: Function) -> None:
    bill = Bill()
    for _ in range(100):
        deploy(function("api"), BODY)
    assert (bill.sent["PutItem"], bill.sent["StartExecution"]) == (100, 100)
    assert bill.sent["Query"] <= 5
    assert bill.sent.total() == 200 + bill.sent["Query"]


@pytest.mark.usefixtures("vendor")
def test__change__takes_two_writes_before_the_end_and_two_after(
    account: Account, function: Function
) -> None:
    task_id = deploy(function("api"), {**BODY, "change": CHANGE})
    bill = Bill()
    submit, document = account.step(task_id), account.step(task_id, second=2)
    assert function("deployment/submit")(submit, Context())["next"] == "succeed"
    assert bill.writes == 5 + 2  # its intent, and what it is called
    before = bill.writes
    assert function("deployment/document")(document, Context())["next"] == "succeed"
    assert bill.writes == before + 2  # claimed, closed


@pytest.mark.usefixtures("vendor")
def test__sync__of_one_page__takes_a_write_for_each_record_and_six_more(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Bill()
    task_id = accepted(function("api"), SYNC)
    monkeypatch.setitem(VALUES, "SOFT_LIMIT_SECONDS", "300")
    handler = function("sync/pull")
    assert handler(account.step(task_id), Context())["next"] == "succeed"

    # Stored alone; claimed, how far after each of two pages (the second says that there is no
    # more), the watermark; the end with its event.
    assert bill.writes == 6 + 5


@pytest.mark.usefixtures("account")
def test__accept__of_a_deployment_that_names_its_intent__takes_a_read_more(
    function: Function,
) -> None:
    bill = Bill()
    intent_id = state_intent(function)
    assert bill.sent == {"PutItem": 1}
    bill.sent.clear()
    deploy(function("api"), BODY)
    assert bill.sent == {"PutItem": 1, "StartExecution": 1}
    deploy(function("api"), {**BODY, "intent_id": intent_id})
    assert bill.sent == {"PutItem": 2, "StartExecution": 2, "GetItem": 1}


def test__score__takes_five_writes_and_a_read_of_each_thing_that_it_knows(
    account: Account, function: Function
) -> None:
    bill = Bill()
    path = f"{INTENTS}/{state_intent(function)}/risk-score"
    bill.sent.clear()
    task_id = accepted(function("api"), path)
    assert (bill.writes, bill.sent["GetItem"], bill.sent["StartExecution"]) == (1, 1, 1)
    assert function("risk/score")(account.step(task_id), Context())["next"] == "succeed"

    # Stored; claimed, the score in the task, the score on the intent; the end with its event.
    assert bill.writes == 5
    # The intent, for whoever asks and for the step; how the last ones ended; the circuit.
    assert (bill.sent["GetItem"], bill.sent["Query"], bill.sent["BatchGetItem"]) == (2, 1, 1)


def test__history__is_one_query_of_a_bounded_size(account: Account, function: Function) -> None:
    task_id = accepted(function("api"), f"{INTENTS}/{state_intent(function)}/risk-score")
    asked: list[dict[str, Any]] = []
    session: Any = aws._session()
    session.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    function("risk/score")(account.step(task_id), Context())
    (query,) = asked
    assert (query["IndexName"], query["Limit"]) == ("by_package", 20)
    assert "ConsistentRead" not in query
    assert "FilterExpression" not in query


@pytest.mark.usefixtures("vendor")
def test__chat__answered_at_once__takes_five_writes(account: Account, function: Function) -> None:
    account.conversations.create(a_conversation())
    bill = Bill()
    task_id = accepted(function("api"), MESSAGES, {"content": "Why?"})
    # Whose conversation it is; the task, stored alone; its start.
    assert (bill.reads, bill.writes, bill.sent["StartExecution"]) == (1, 1, 1)
    assert function("chat/complete")(account.step(task_id), Context())["next"] == "succeed"

    # Claimed, the question, the answer, the end with its event.
    assert bill.writes == 1 + 4
    # Whether the question stands, its turn's number, what was said before; the circuit.
    assert bill.reads == 1 + 4


def test__accept__is_two_calls(function: Function, record_testsuite_property: Record) -> None:
    bill = Bill()
    deploy(function("api"), BODY)
    record_testsuite_property("AWS calls to accept", bill.everything.total())
    assert bill.everything == {"dynamodb.PutItem": 1, "sfn.StartExecution": 1}


def test__status__is_one_read(function: Function, record_testsuite_property: Record) -> None:
    bill = Bill()
    handler = function("api")
    task_id = deploy(handler, BODY)
    bill.everything.clear()
    assert get(handler, url(task_id, "status/"))[0] == 200
    record_testsuite_property("AWS calls to read a status", bill.everything.total())
    assert bill.everything == {"dynamodb.GetItem": 1}


@pytest.mark.usefixtures("vendor")
def test__step__in_a_warm_environment__reads_neither_its_circuit_nor_its_settings(
    account: Account, function: Function
) -> None:
    bill = Bill()
    handler, api = function("deployment/submit"), function("api")
    for _ in range(2):
        step = account.step(deploy(api, BODY))
        bill.everything.clear()
        assert handler(step, Context())["next"] == "succeed"
    # The second, whose group has the app: claimed; the lease taken, and given back; the end.
    assert bill.everything == {
        "dynamodb.UpdateItem": 1,
        "dynamodb.PutItem": 1,
        "dynamodb.DeleteItem": 1,
        "dynamodb.TransactWriteItems": 1,
    }

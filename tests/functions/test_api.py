import json

import pytest

from tests.functions.account import Account
from tests.functions.lambdas import MACHINE, Context, Function, Lines, sample, text


def test__post_deployment__is_stored_and_started_under_the_same_name_and_bytes(
    account: Account, function: Function
) -> None:
    event = sample("api", "post_deployment")
    answer = function("api")(event, Context())

    body = json.loads(answer["body"])
    (item,) = account.items("executions")
    (execution,) = account.executions()
    assert answer["statusCode"] == 202
    assert body["correlation_id"] == event["headers"]["x-correlation-id"]
    assert text(item, "task_id") == body["task_id"]
    assert text(item, "status") == "PENDING"
    assert text(item, "owner") == event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    assert execution["name"] == text(item, "execution_name")
    assert execution["input"].encode() == item["input"]["B"]
    assert json.loads(execution["input"])["command"] == json.loads(event["body"])


def test__post_deployment__twice__is_one_task_and_one_execution(
    account: Account, function: Function
) -> None:
    handler = function("api")
    first = handler(sample("api", "post_deployment"), Context())
    again = handler(sample("api", "post_deployment"), Context())

    assert again["body"] == first["body"]
    assert len(account.items("executions")) == len(account.executions()) == 1


def test__post_deployment__machine_is_gone__is_still_accepted_and_logged_as_an_error(
    account: Account, function: Function, lines: Lines
) -> None:
    account.stepfunctions.delete_state_machine(stateMachineArn=MACHINE)
    answer = function("api")(sample("api", "post_deployment"), Context())

    (line,) = [entry for entry in lines() if entry.get("level") == "ERROR"]
    assert answer["statusCode"] == 202
    assert line["task_id"] == json.loads(answer["body"])["task_id"]
    assert "StateMachineDoesNotExist" in line["message"]


def test__get_status__shows_the_owners_task(account: Account, function: Function) -> None:
    event = sample("api", "get_status")
    owner = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    step = sample("deployment/submit", "first_attempt")
    account.seed(step, owner=owner)
    answer = function("api")(event, Context())

    body = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    assert (body["task_id"], body["status"]) == (step["task_id"], "PENDING")
    assert answer["headers"]["ETag"]


def test__get_status__unchanged__is_304(account: Account, function: Function) -> None:
    event = sample("api", "get_status")
    owner = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    account.seed(sample("deployment/submit", "first_attempt"), owner=owner)
    handler = function("api")
    tag = handler(event, Context())["headers"]["ETag"]
    event["headers"]["if-none-match"] = tag

    assert handler(event, Context())["statusCode"] == 304


def test__get_health__reads_the_table(account: Account, function: Function) -> None:
    handler = function("api")
    assert handler(sample("api", "get_health"), Context())["statusCode"] == 200
    account.dynamodb.delete_table(TableName="executions")

    assert handler(sample("api", "get_health"), Context())["statusCode"] == 503


@pytest.mark.parametrize(
    "name",
    [
        "post_deployment",
        "get_status",
        "get_health",
        "post_sync",
        "get_records",
        "post_intent",
        "get_intent",
        "post_risk_score",
    ],
)
def test__answer__is_what_the_gateway_takes(
    account: Account, function: Function, name: str
) -> None:
    account.seed(sample("deployment/submit", "first_attempt"))
    answer = function("api")(sample("api", name), Context())

    assert json.loads(json.dumps(answer)) == answer
    assert all(isinstance(value, str) for value in answer["headers"].values())
    assert answer["isBase64Encoded"] is False

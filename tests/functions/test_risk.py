"""An intent from its statement to its score, through the functions and moto's account."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.events import SUBMITTER, http_event, post_event
from tests.fakes.risk import STATEMENT
from tests.fakes.tasks import PAYLOAD
from tests.functions.lambdas import RISK_MACHINE, Account, Context, LambdaHandler, sample, text

Function = Callable[[str], LambdaHandler]
PATH = "/api/v1/deployment-intents"
SCORE = "risk/score"


@pytest.fixture
def api(function: Function) -> Callable[..., Any]:
    """Ask the API; returns the answer's status and body."""
    handler = function("api")

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        event = http_event(
            method,
            path,
            body=None if body is None else json.dumps(body),
            headers={"content-type": "application/json"},
            claims=SUBMITTER,
        )
        answer = handler(event, Context())
        return answer["statusCode"], json.loads(answer["body"])

    return ask


def step(account: Account, *, retry: int = 0) -> dict[str, Any]:
    """Return what the machine invokes the step of the one score with."""
    (execution,) = account.executions(RISK_MACHINE)
    return {
        **json.loads(execution["input"]),
        "execution": execution["name"],
        "entered_at": "2026-11-27T12:00:01.000Z",
        "retry_count": retry,
    }


def test__intent__stated_scored_and_named_by_a_deployment(
    account: Account, function: Function, api: Callable[..., Any]
) -> None:
    status, stated = api("POST", PATH, STATEMENT)
    assert status == 201
    path = f"{PATH}/{stated['intent_id']}"
    assert api("POST", f"{path}/risk-score")[0] == 202

    assert function(SCORE)(step(account), Context()) == {"next": "succeed", "resume_at": None}
    _, scored = api("GET", path)
    # As in tests/unit/services/test_scoring.py.
    assert (scored["risk"]["score"], scored["risk"]["level"]) == (32, "moderate")
    assert sum(one["points"] for one in scored["risk"]["factors"]) == 32
    (event,) = account.items("events")
    assert text(event, "type") == "RISK_SCORE_CALCULATED"
    result = json.loads(text(event, "data") or "")["result"]
    assert (result["intent_id"], result["score"]) == (stated["intent_id"], 32)

    body = {"connector_type": "intune", "payload": PAYLOAD, "intent_id": stated["intent_id"]}
    status, accepted = api("POST", "/api/v1/deployments", body)
    assert status == 202
    _, deployment = api("GET", accepted["status_url"])
    assert deployment["risk"] == {
        "intent_id": stated["intent_id"],
        "score": 32,
        "level": "moderate",
        "model": "1",
    }


def test__score__invoked_again_after_the_end__changes_nothing(
    account: Account, function: Function, api: Callable[..., Any]
) -> None:
    _, stated = api("POST", PATH, STATEMENT)
    api("POST", f"{PATH}/{stated['intent_id']}/risk-score")
    function(SCORE)(step(account), Context())
    before = [account.items(table) for table in ("executions", "events", "intents")]

    again = function(SCORE)(step(account, retry=1), Context())
    assert again == {"next": "succeed", "resume_at": None}
    assert [account.items(table) for table in ("executions", "events", "intents")] == before


def test__score__knows_past_ends_and_the_circuit(
    account: Account, function: Function, api: Callable[..., Any]
) -> None:
    # What no connector is configured for fails: there is nothing in the account to call.
    function("api")(post_event({"connector_type": "intune", "payload": PAYLOAD}), Context())
    (item,) = account.items("executions")
    failing = {
        **json.loads(item["input"]["B"]),
        "execution": text(item, "execution_name"),
        "entered_at": "2026-11-27T12:00:00.000Z",
        "retry_count": 0,
    }
    assert function("deployment/submit")(failing, Context())["next"] == "fail"
    account.dynamodb.put_item(
        TableName="circuits", Item={"service": {"S": "intune"}, "state": {"S": "open"}}
    )
    _, stated = api("POST", PATH, STATEMENT)
    api("POST", f"{PATH}/{stated['intent_id']}/risk-score")
    function(SCORE)(step(account), Context())

    _, scored = api("GET", f"{PATH}/{stated['intent_id']}")
    reasons = {one["factor"]: one["reason"] for one in scored["risk"]["factors"]}
    assert reasons["past_failures"] == "1 of the last 1 deployments failed"
    assert reasons["connector"] == "the connector's circuit is open"


def test__score__of_the_sample__has_no_intent_and_fails(
    account: Account, function: Function
) -> None:
    event = sample(SCORE, "first_attempt")
    account.seed(event)

    assert function(SCORE)(event, Context()) == {"next": "fail", "resume_at": None}
    (ended,) = account.items("events")
    assert text(ended, "type") == "RISK_SCORE_FAILED"


def test__settle__ends_a_score_too(account: Account, function: Function) -> None:
    event = sample(SCORE, "first_attempt")
    account.seed(event)
    settled = {**event, "error_type": "States.Timeout", "entered_at": "2026-11-27T12:09:45.530Z"}
    del settled["command"]

    assert function("settle")(settled, Context()) == {"next": "fail", "resume_at": None}
    (ended,) = account.items("events")
    assert text(ended, "type") == "RISK_SCORE_FAILED"

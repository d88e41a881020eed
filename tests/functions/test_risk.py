"""An intent from its statement to its score, through the functions and moto's account."""

import json

from tests.fakes.aws import put_circuit
from tests.fakes.risk import STATEMENT
from tests.fakes.tasks import PAYLOAD
from tests.functions.account import Account
from tests.functions.asking import accepted, deploy, get, post
from tests.functions.healing import url
from tests.functions.lambdas import Context, Function, sample, settle, text

PATH = "/api/v1/deployment-intents"
SCORE = "risk/score"


def test__intent__stated_scored_and_named_by_a_deployment(
    account: Account, function: Function
) -> None:
    api = function("api")
    status, stated = post(api, PATH, STATEMENT)
    assert status == 201
    path = f"{PATH}/{stated['intent_id']}"
    step = account.step(accepted(api, f"{path}/risk-score"))

    assert function(SCORE)(step, Context()) == {"next": "succeed", "resume_at": None}
    _, scored = get(api, path)
    # As in tests/unit/services/test_scoring.py.
    assert (scored["risk"]["score"], scored["risk"]["level"]) == (32, "moderate")
    assert sum(one["points"] for one in scored["risk"]["factors"]) == 32
    assert account.trail == ["RISK_SCORE_CALCULATED"]
    result = json.loads(text(account.only("events"), "data") or "")["result"]
    assert (result["intent_id"], result["score"]) == (stated["intent_id"], 32)

    body = {"connector_type": "intune", "payload": PAYLOAD, "intent_id": stated["intent_id"]}
    _, deployment = get(api, url(deploy(api, body), "status/"))
    assert deployment["risk"] == {
        "intent_id": stated["intent_id"],
        "score": 32,
        "level": "moderate",
        "model": "1",
    }


def test__score__invoked_again_after_the_end__changes_nothing(
    account: Account, function: Function
) -> None:
    api = function("api")
    _, stated = post(api, PATH, STATEMENT)
    task_id = accepted(api, f"{PATH}/{stated['intent_id']}/risk-score")
    function(SCORE)(account.step(task_id), Context())
    before = [account.items(table) for table in ("executions", "events", "intents")]

    again = function(SCORE)(account.step(task_id, retry=1), Context())
    assert again == {"next": "succeed", "resume_at": None}
    assert [account.items(table) for table in ("executions", "events", "intents")] == before


def test__score__knows_past_ends_and_the_circuit(account: Account, function: Function) -> None:
    # What no connector is configured for fails: there is nothing in the account to call.
    api = function("api")
    failing = account.step(deploy(api, {"connector_type": "intune", "payload": PAYLOAD}))
    assert function("deployment/submit")(failing, Context())["next"] == "fail"
    put_circuit(account.dynamodb, "intune", {"state": "open"})
    _, stated = post(api, PATH, STATEMENT)
    path = f"{PATH}/{stated['intent_id']}"
    function(SCORE)(account.step(accepted(api, f"{path}/risk-score")), Context())

    _, scored = get(api, path)
    reasons = {one["factor"]: one["reason"] for one in scored["risk"]["factors"]}
    assert reasons["past_failures"] == "1 of the last 1 deployments failed"
    assert reasons["connector"] == "the connector's circuit is open"


def test__score__of_the_sample__has_no_intent_and_fails(
    account: Account, function: Function
) -> None:
    event = sample(SCORE, "first_attempt")
    account.seed(event)

    assert function(SCORE)(event, Context()) == {"next": "fail", "resume_at": None}
    assert account.trail == ["RISK_SCORE_FAILED"]


def test__settle__ends_a_score_too(account: Account, function: Function) -> None:
    event = sample(SCORE, "first_attempt")
    account.seed(event)

    assert settle(function, event) == {"next": "fail", "resume_at": None}
    assert account.trail == ["RISK_SCORE_FAILED"]

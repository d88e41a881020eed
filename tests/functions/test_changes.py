import json
from typing import Any

import httpx

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.functions.account import Account
from tests.functions.lambdas import Context, Function, sample, text

SUBMIT, DOCUMENT = "deployment/submit", "deployment/document"


def record(account: Account) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(account.only("executions")["change"]["S"])
    return found


def at_the_desk(vendor: StandIns, mark: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{vendor.control_url}/servicenow/records", timeout=5, trust_env=False)
    rows = answer.raise_for_status().json()["rows"]
    return [row for row in rows if row["fields"].get("correlation_id") == mark]


def test__change__is_opened_by_submit_and_closed_by_document(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    assert function(SUBMIT)(event, Context())["next"] == "succeed"
    (row,) = at_the_desk(vendor, event["execution"])
    opened = record(account)
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())
    (noted,) = at_the_desk(vendor, event["execution"])

    assert (opened["state"], opened["handle"]["key"]) == ("opened", row["fields"]["number"])
    assert answer == {"next": "succeed", "resume_at": None}
    assert record(account)["state"] == "closed"
    assert row["notes"] == []
    assert "SUCCESS" in str(noted["notes"])
    assert text(account.only("executions"), "status") == "SUCCESS"
    assert account.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__change__system_is_down__deployment_succeeds_and_the_record_waits(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    arm(vendor, "change_request")
    assert function(SUBMIT)(event, Context())["next"] == "succeed"
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())

    assert answer["next"] == "document"
    assert answer["resume_at"] is not None
    found = record(account)
    assert found["state"] in {"pending", "opening"}
    assert found["error"]["type"] in {"TransientError", "ParkedError"}
    assert text(account.only("executions"), "status") == "SUCCESS"


def test__change__system_refuses__is_failed_and_document_ends(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    arm(vendor, "change_request", status=403)
    function(SUBMIT)(event, Context())
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())

    assert answer["next"] == "succeed"
    assert record(account)["state"] == "failed"
    assert at_the_desk(vendor, event["execution"]) == []

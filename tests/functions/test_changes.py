import json
from collections.abc import Callable
from typing import Any

import httpx

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import post
from tests.functions.lambdas import Account, Context, LambdaHandler, sample, text

Function = Callable[[str], LambdaHandler]
SUBMIT, DOCUMENT = "deployment/submit", "deployment/document"


def record(account: Account) -> dict[str, Any]:
    (item,) = account.items("executions")
    found: dict[str, Any] = json.loads(item["change"]["S"])
    return found


def at_the_desk(vendor: StandIns, task_id: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{vendor.control_url}/servicenow/records", timeout=5, trust_env=False)
    rows = answer.raise_for_status().json()["rows"]
    return [row for row in rows if row["fields"].get("correlation_id") == task_id]


def broken(vendor: StandIns, **fault: Any) -> None:
    fault = {"match": {"path": "change_request"}, "kind": "status", **fault}
    assert post(f"{vendor.control_url}/faults", fault).status_code == 201


def test__change__is_opened_by_submit_and_closed_by_document(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    assert function(SUBMIT)(event, Context())["next"] == "succeed"
    (row,) = at_the_desk(vendor, event["task_id"])
    opened = record(account)
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())
    (noted,) = at_the_desk(vendor, event["task_id"])

    assert (opened["state"], opened["handle"]["key"]) == ("opened", row["fields"]["number"])
    assert answer == {"next": "succeed", "resume_at": None}
    assert record(account)["state"] == "closed"
    assert row["notes"] == []
    assert "SUCCESS" in str(noted["notes"])
    (item,) = account.items("executions")
    assert text(item, "status") == "SUCCESS"
    assert [text(one, "type") for one in account.items("events")] == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__change__system_is_down__deployment_succeeds_and_the_record_waits(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    broken(vendor, status=503)
    assert function(SUBMIT)(event, Context())["next"] == "succeed"
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())

    assert answer["next"] == "document"
    assert answer["resume_at"] is not None
    found = record(account)
    assert found["state"] in {"pending", "opening"}
    assert found["error"]["type"] in {"TransientError", "ParkedError"}
    (item,) = account.items("executions")
    assert text(item, "status") == "SUCCESS"


def test__change__system_refuses__is_failed_and_document_ends(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "with_a_change")
    account.seed(event)
    broken(vendor, status=403)
    function(SUBMIT)(event, Context())
    answer = function(DOCUMENT)(sample(DOCUMENT, "after_success"), Context())

    assert answer["next"] == "succeed"
    assert record(account)["state"] == "failed"
    assert at_the_desk(vendor, event["task_id"]) == []

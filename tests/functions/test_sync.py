import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.standins.server import StandIns
from infra.local.standins.servicenow.seeds import CATALOG
from tests.contract.standins.clients import post
from tests.fakes.events import SUBMITTER, http_event
from tests.functions.lambdas import (
    SYNC_MACHINE,
    Account,
    Context,
    LambdaHandler,
    sample,
    text,
)

Function = Callable[[str], LambdaHandler]
PULL = "sync/pull"
RECORDS = "/api/v1/integrations/servicenow/records"
WATERMARK = "2025-11-05T09:30:00+00:00"


def a_sync(**headers: str) -> dict[str, Any]:
    path = "/api/v1/integrations/servicenow/sync"
    return http_event("POST", path, headers=headers, claims=SUBMITTER)


def the_task(account: Account) -> dict[str, Any]:
    (item,) = account.items("executions")
    return item


def test__post_sync__is_stored_with_its_lease_and_started(
    account: Account, function: Function
) -> None:
    answer = function("api")(a_sync(), Context())

    body = json.loads(answer["body"])
    (execution,) = account.executions(SYNC_MACHINE)
    (lease,) = account.items("leases")
    item = the_task(account)
    assert answer["statusCode"] == 202
    assert execution["name"] == text(item, "execution_name")
    assert execution["input"].encode() == item["input"]["B"]
    assert (text(lease, "resource"), text(lease, "holder")) == ("sync/servicenow", body["task_id"])
    assert int(lease["expires_at"]["N"]) > int(float(lease["until"]["N"]))


def test__post_sync__twice__is_409_with_the_task_that_runs(
    account: Account, function: Function
) -> None:
    handler = function("api")
    running = json.loads(handler(a_sync(), Context())["body"])
    answer = handler(a_sync(), Context())

    assert answer["statusCode"] == 409
    assert json.loads(answer["body"])["task_id"] == running["task_id"]
    assert len(account.items("executions")) == len(account.executions(SYNC_MACHINE)) == 1


def run(function: Function, event: dict[str, Any]) -> dict[str, Any]:
    """Pull as the state machine does; with 20 s (SOFT_LIMIT_SECONDS) a step has time for a page."""
    handler = function(PULL)
    for second in range(10):
        answer = handler({**event, "entered_at": f"2026-11-23T12:00:0{second}.000Z"}, Context())
        if answer["next"] != "poll":
            return answer
    raise AssertionError("no end in sight")


@pytest.mark.usefixtures("vendor")
def test__pull__stores_the_records_and_settles(account: Account, function: Function) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    answer = run(function, event)

    item = the_task(account)
    assert answer == {"next": "succeed", "resume_at": None}
    assert json.loads(item["result"]["S"]) == {
        "pulled": 5,
        "stored": 5,
        "unchanged": 0,
        "unreadable": 0,
        "notes": [],
        "pages": 2,
        "watermark": WATERMARK,
    }
    (event_item,) = account.items("events")
    assert text(event_item, "type") == "INTEGRATION_SYNC_COMPLETED"
    stored = {text(one, "record") for one in account.items("integration_records")}
    assert stored == {"servicenow", *(f"servicenow/{row['sys_id']}" for row in CATALOG)}


@pytest.mark.usefixtures("vendor")
def test__pull__invoked_again_after_the_end__changes_nothing(
    account: Account, function: Function
) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    run(function, event)
    before = the_task(account), account.items("integration_records")
    again = run(function, {**event, "retry_count": 1})

    assert again == {"next": "succeed", "resume_at": None}
    assert (the_task(account), account.items("integration_records")) == before


def test__pull__system_is_down__raises_transient_and_keeps_its_place(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    down = {"kind": "status", "status": 503, "match": {"path": "change_request"}}
    assert post(f"{vendor.control_url}/faults", down).status_code == 201

    with pytest.raises(Exception, match="503") as caught:
        function(PULL)(event, Context())
    assert type(caught.value).__name__ == "TransientError"
    assert text(the_task(account), "status") == "RETRYING"


@pytest.mark.usefixtures("vendor")
def test__settle__ends_a_sync_too(account: Account, function: Function) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    settled = {**event, "error_type": "States.Timeout", "entered_at": "2026-11-23T12:09:45.530Z"}
    del settled["command"]
    answer = function("settle")(settled, Context())

    assert answer == {"next": "fail", "resume_at": None}
    (event_item,) = account.items("events")
    assert text(event_item, "type") == "INTEGRATION_SYNC_FAILED"


@pytest.mark.usefixtures("vendor")
def test__records__are_read_back_page_by_page(account: Account, function: Function) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    run(function, event)
    handler = function("api")
    keys, query = list[str](), {"limit": "2"}
    for _ in range(3):
        answer = handler(http_event("GET", RECORDS, claims=SUBMITTER, query=query), Context())
        body = json.loads(answer["body"])
        keys += [one["key"] for one in body["records"]]
        query = {"limit": "2", "cursor": body["cursor"]}

    assert keys == [row["sys_id"] for row in CATALOG]
    assert body["cursor"] is None
    assert body["records"][0]["data"]["short_description"] == "Stand-in: change 5"


def test__records__secret_is_missing__is_500_and_says_nothing(
    account: Account, function: Function
) -> None:
    account.secrets.delete_secret(SecretId="cursor-key", ForceDeleteWithoutRecovery=True)
    query = {"cursor": "YQ.YQ"}
    answer = function("api")(http_event("GET", RECORDS, claims=SUBMITTER, query=query), Context())

    assert answer["statusCode"] == 500
    assert "cursor-key" not in answer["body"]

import json
from typing import Any

import pytest

from infra.local.standins.server import StandIns
from infra.local.standins.servicenow.seeds import CATALOG
from tests.contract.standins.clients import arm
from tests.fakes.events import SUBMITTER, http_event
from tests.functions.account import Account
from tests.functions.asking import accepted, ask, post
from tests.functions.lambdas import SYNC_MACHINE, Context, Function, sample, settle, text

PULL = "sync/pull"
SYNC = "/api/v1/integrations/servicenow/sync"
RECORDS = "/api/v1/integrations/servicenow/records"
WATERMARK = "2025-11-05T09:30:00+00:00"


def test__post_sync__is_stored_with_its_lease_and_started(
    account: Account, function: Function
) -> None:
    task_id = accepted(function("api"), SYNC)

    (execution,) = account.executions(SYNC_MACHINE)
    lease = account.only("leases")
    item = account.only("executions")
    assert execution["name"] == text(item, "execution_name")
    assert execution["input"].encode() == item["input"]["B"]
    assert (text(lease, "resource"), text(lease, "holder")) == ("sync/servicenow", task_id)
    assert int(lease["expires_at"]["N"]) > int(float(lease["until"]["N"]))


def test__post_sync__twice__is_409_with_the_task_that_runs(
    account: Account, function: Function
) -> None:
    handler = function("api")
    running = accepted(handler, SYNC)
    status, problem = post(handler, SYNC)

    assert (status, problem["task_id"]) == (409, running)
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

    item = account.only("executions")
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
    assert account.trail == ["INTEGRATION_SYNC_COMPLETED"]
    stored = {text(one, "record") for one in account.items("integration_records")}
    assert stored == {"servicenow", *(f"servicenow/{row['sys_id']}" for row in CATALOG)}


@pytest.mark.usefixtures("vendor")
def test__pull__invoked_again_after_the_end__changes_nothing(
    account: Account, function: Function
) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    run(function, event)
    before = account.only("executions"), account.items("integration_records")
    again = run(function, {**event, "retry_count": 1})

    assert again == {"next": "succeed", "resume_at": None}
    assert (account.only("executions"), account.items("integration_records")) == before


def test__pull__system_is_down__raises_transient_and_keeps_its_place(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    arm(vendor, "change_request")

    with pytest.raises(Exception, match="503") as caught:
        function(PULL)(event, Context())
    assert type(caught.value).__name__ == "TransientError"
    assert text(account.only("executions"), "status") == "RETRYING"


@pytest.mark.usefixtures("vendor")
def test__settle__ends_a_sync_too(account: Account, function: Function) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    assert settle(function, event) == {"next": "fail", "resume_at": None}
    assert account.trail == ["INTEGRATION_SYNC_FAILED"]


@pytest.mark.usefixtures("vendor")
def test__records__are_read_back_page_by_page(account: Account, function: Function) -> None:
    event = sample(PULL, "first_attempt")
    account.seed(event)
    run(function, event)
    handler = function("api")
    keys, query = list[str](), {"limit": "2"}
    for _ in range(3):
        _, body = ask(handler, http_event("GET", RECORDS, claims=SUBMITTER, query=query))
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

"""Syncs and change records over real HTTP, against the stand-ins of ServiceNow and Jira."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from infra.local.client import Client
from infra.local.standins.servicenow.seeds import CATALOG
from tests.e2e.jobs import eventually

pytestmark = pytest.mark.e2e

SECONDS = 40.0


def sync(client: Client, system: str) -> Mapping[str, Any]:
    answer = client.request("POST", f"integrations/{system}/sync")
    assert answer.status_code == 202
    return client.watch(answer.json()["task_id"], seconds=SECONDS).last


def all_records(client: Client, system: str) -> list[str]:
    keys, params = list[str](), {"limit": "2"}
    while True:
        page = client.request("GET", f"integrations/{system}/records", params=params).json()
        keys += [record["key"] for record in page["records"]]
        if page["cursor"] is None:
            return keys
        params = {"limit": "2", "cursor": page["cursor"]}


def documented(client: Client, task_id: str, state: str) -> Mapping[str, Any]:
    """Return a task's change record once it is in `state`."""
    change: Mapping[str, Any] = eventually(
        lambda: client.status(task_id).json()["change"],
        lambda change: change["state"] == state,
        SECONDS,
    )
    return change


@pytest.mark.parametrize("system", ["servicenow", "jira"])
def test__sync__pulls_everything_once_and_it_is_read_back(
    control: httpx.Client, submitter: Client, second_submitter: Client, system: str
) -> None:
    seeds = {"issues": [{"project": "OPS", "summary": f"Issue {n}"} for n in range(3)]}
    seed = control.post("/jira/issues", json=seeds).raise_for_status()
    first = sync(submitter, system)
    keys = all_records(submitter, system)
    again = sync(second_submitter, system)

    assert (first["kind"], first["status"]) == ("sync", "SUCCESS")
    assert first["result"]["stored"] == len(keys) == len(set(keys)) > 0
    assert (again["status"], again["result"]["stored"]) == ("SUCCESS", 0)
    expected = [row["sys_id"] for row in CATALOG] if system == "servicenow" else seed.json()["ids"]
    assert set(expected) <= set(keys)


def test__sync__while_one_runs__409_names_it(
    submitter: Client, second_submitter: Client, fault: Callable[..., None]
) -> None:
    fault("/api/now/table/change_request", kind="delay", seconds=2, count=1)
    running = submitter.request("POST", "integrations/servicenow/sync").json()
    refused = second_submitter.request("POST", "integrations/servicenow/sync")

    assert refused.status_code == 409
    assert refused.json()["task_id"] == running["task_id"]
    assert submitter.watch(running["task_id"], seconds=SECONDS).last["status"] == "SUCCESS"
    assert second_submitter.request("POST", "integrations/servicenow/sync").status_code == 202


def test__change__is_opened_before_and_closed_after(
    control: httpx.Client, submitter: Client, payload: dict[str, Any]
) -> None:
    change = {"system": "servicenow", "summary": "Company Portal to the pilot group"}
    task_id = submitter.deploy(payload, change=change).json()["task_id"]
    run = submitter.watch(task_id, seconds=SECONDS)
    closed = documented(submitter, task_id, "closed")

    assert run.last["status"] == "SUCCESS"
    assert run.last["change"]["state"] in {"opened", "closed"}
    rows = control.get("/servicenow/records").raise_for_status().json()["rows"]
    (row,) = [row for row in rows if str(row["fields"].get("correlation_id")).startswith(task_id)]
    assert row["fields"]["number"] == closed["key"]
    assert "SUCCESS" in str(row["notes"])


def test__change__cannot_be_opened__deployment_succeeds_all_the_same(
    submitter: Client, payload: dict[str, Any], fault: Callable[..., None]
) -> None:
    fault("/rest/api/3/issue", kind="status", status=403)
    change = {"system": "jira", "summary": "Company Portal", "project": "OPS"}
    task_id = submitter.deploy(payload, change=change).json()["task_id"]
    run = submitter.watch(task_id, seconds=SECONDS)
    failed = documented(submitter, task_id, "failed")

    assert run.last["status"] == "SUCCESS"
    assert failed["error"]["type"] == "PermanentError"

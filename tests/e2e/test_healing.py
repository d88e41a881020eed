"""What does not go as it should, over real HTTP: ended, and done once more."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from infra.local.client import Client
from infra.local.stack import LocalStack
from infra.local.standins import intune
from tests.e2e.jobs import Jobs, eventually, trail

pytestmark = pytest.mark.e2e

SECONDS = 30.0
APP = f"/v1.0/deviceAppManagement/mobileApps/{intune.PUBLISHED_APP}"


def test__cancel__of_a_running_job__says_what_was_done_and_stops_it(
    submitter: Client, jobs: Jobs
) -> None:
    task_id, job = jobs.begun()

    first = submitter.request("POST", f"tasks/{task_id}/cancel")
    again = submitter.request("POST", f"tasks/{task_id}/cancel")
    shown = eventually(
        lambda: submitter.status(task_id).json(),
        lambda status: status["cancellation"]["at_vendor"] != "pending",
    )

    assert (first.status_code, again.status_code) == (202, 202)
    said = first.json()
    assert (said["status"], said["cancellation"]["effect"]) == ("CANCELLED", "accepted")
    assert said["cancellation"]["at_vendor"] == "pending"
    assert again.json()["cancellation"]["at"] == said["cancellation"]["at"]
    assert (shown["status"], shown["cancellation"]["at_vendor"]) == ("CANCELLED", "stopped")
    assert jobs.status(job) == "canceled"
    assert trail(submitter, said["correlation_id"]) == [(task_id, "TASK_CANCELLED")]


def refused(client: Client, payload: Mapping[str, Any], **headers: str) -> str:
    """Return the id of a deployment that its vendor has refused."""
    answer = client.deploy(payload, headers=headers).raise_for_status()
    run = client.watch(answer.json()["task_id"], seconds=SECONDS)
    assert run.last["status"] == "FAILED", run.last
    return run.task_id


def given(stack: LocalStack, operator: Client, task_id: str) -> dict[str, Any]:
    """Return the input of a task's execution."""
    arn = operator.status(task_id).json()["execution_arn"]
    found = stack.aws.workflows.describe_execution(executionArn=arn)["input"]
    document: dict[str, Any] = json.loads(found)
    return document


def test__retry__of_a_refused_deployment__once_and_both_know_each_other(
    stack: LocalStack,
    submitter: Client,
    operator: Client,
    payload: dict[str, Any],
    fault: Callable[..., None],
    effects: Callable[[dict[str, Any]], int],
) -> None:
    fault(APP, kind="status", status=403, count=2)
    first = refused(submitter, payload)
    second = submitter.request("POST", f"tasks/{first}/retry").json()["task_id"]
    assert submitter.watch(second, seconds=SECONDS).last["status"] == "FAILED"

    answers = [submitter.request("POST", f"tasks/{second}/retry") for _ in range(2)]
    third = submitter.watch(answers[0].json()["task_id"], seconds=SECONDS)

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (third.last["status"], third.last["retry_of"]) == ("SUCCESS", second)
    assert submitter.status(second).json()["retried_as"] == third.task_id
    assert submitter.status(second).json()["retry_of"] == first
    inputs = [given(stack, operator, one) for one in (first, second, third.task_id)]
    (origin,) = {one["origin"] for one in inputs}
    assert origin.startswith(first)
    assert inputs[0]["command"] == inputs[2]["command"]
    assert effects(payload) == 1
    assert submitter.request("POST", f"tasks/{third.task_id}/retry").status_code == 409


@dataclass(frozen=True)
class Runs:
    """Runs that retry what failed under one correlation id."""

    operator: Client
    correlation_id: str

    def begin(self, *, key: str | None = None, **asked: Any) -> httpx.Response:
        body = {"correlation_id": self.correlation_id, **asked}
        headers = {"Idempotency-Key": key} if key else {}
        return self.operator.request("POST", "task-retries", json=body, headers=headers)

    def count(self) -> dict[str, Any]:
        counted: dict[str, Any] = self.begin(dry_run=True).raise_for_status().json()
        return counted

    def progress(self, run: str) -> dict[str, Any]:
        shown = self.operator.request("GET", f"task-retries/{run}").raise_for_status().json()
        return {"status": shown["status"], **(shown["progress"] or {"retried": 0})}


def test__task_retries__what_an_outage_left_behind__each_once_though_a_run_was_cancelled(
    submitter: Client,
    operator: Client,
    payload: dict[str, Any],
    fault: Callable[..., None],
    effects: Callable[[dict[str, Any]], int],
) -> None:
    runs = Runs(operator, str(uuid.uuid4()))
    payloads = [{**payload, "group_id": str(uuid.uuid4())} for _ in range(3)]
    fault(APP, kind="status", status=403, count=len(payloads))
    headers = {"X-Correlation-ID": runs.correlation_id}
    left = [refused(submitter, each, **headers) for each in payloads]
    assert runs.count() == {"count": 3, "exact": True}

    slow = runs.begin(rate_per_minute=1).json()["task_id"]
    eventually(lambda: runs.progress(slow)["retried"])
    beside = runs.begin(rate_per_minute=1)
    cancelled = operator.request("POST", f"task-retries/{slow}/cancel")
    assert (beside.status_code, beside.json()["task_id"]) == (409, slow)
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "CANCELLED")
    counts = {"selected": 3, "exact": True, "retried": 1, "skipped": 0, "remaining": 2}
    assert runs.progress(slow) == {"status": "CANCELLED", **counts}
    assert runs.count() == {"count": 2, "exact": True}

    key = str(uuid.uuid4())
    rest, again = [runs.begin(key=key, rate_per_minute=600).json() for _ in range(2)]
    run = operator.watch(rest["task_id"], seconds=SECONDS)
    assert (rest, runs.count()["count"]) == (again, 0)
    assert (run.last["status"], run.last["result"]["retried"]) == ("SUCCESS", 2)
    new = {submitter.status(task_id).json()["retried_as"] for task_id in left}
    ends = [submitter.watch(task_id, seconds=SECONDS).last["status"] for task_id in new]
    assert ends == ["SUCCESS"] * 3
    assert [effects(each) for each in payloads] == [1] * 3

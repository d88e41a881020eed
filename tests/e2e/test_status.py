"""GET /api/v1/tasks/{task_id}/status/ over real HTTP: every state, and who may see it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.local.client import Client
from infra.local.stack import LocalStack
from infra.local.standins import intune

pytestmark = pytest.mark.e2e

SECONDS = 20.0
KEYS = {
    "task_id",
    "kind",
    "status",
    "result",
    "error",
    "attempt",
    "correlation_id",
    "created_at",
    "updated_at",
    "deadline",
}


@contextmanager
def submit_step_withheld(stack: LocalStack) -> Iterator[None]:
    """Keep Lambda from running the Submit step, so that tasks stay as they were accepted."""
    pages = stack.aws.functions.get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    (submit,) = (name for name in names if "DeploymentSubmit" in name)
    stack.aws.functions.put_function_concurrency(
        FunctionName=submit, ReservedConcurrentExecutions=0
    )
    try:
        yield
    finally:
        stack.aws.functions.delete_function_concurrency(FunctionName=submit)


def accepted(client: Client, payload: dict[str, Any]) -> str:
    answer = client.deploy(payload)
    assert answer.status_code == 202
    task_id: str = answer.json()["task_id"]
    return task_id


def test__task__goes_through_every_state(
    stack: LocalStack,
    submitter: Client,
    payload: dict[str, Any],
    fault: Callable[..., None],
) -> None:
    payload["app_id"] = intune.FLAKY_APP
    fault(intune.FLAKY_APP, kind="status", status=503, count=3)
    fault(intune.FLAKY_APP, kind="delay", seconds=1, count=1)
    with submit_step_withheld(stack):
        task_id = accepted(submitter, payload)
        pending = submitter.status(task_id)

    run = submitter.watch(task_id, seconds=SECONDS)

    assert pending.json()["status"] == "PENDING"
    assert pending.headers["retry-after"]
    assert set(pending.json()) == KEYS
    seen = [status for status in run.statuses if status != "PENDING"]
    assert {"RETRYING", "RUNNING"} <= set(seen)
    assert seen[-1] == "SUCCESS"
    assert run.last["error"] is None
    assert run.last["result"]
    assert run.last["attempt"] >= 2


def test__retrying__says_why_and_when(
    submitter: Client, payload: dict[str, Any], fault: Callable[..., None]
) -> None:
    payload["app_id"] = intune.FLAKY_APP
    fault(intune.FLAKY_APP, kind="status", status=503, count=3)
    task_id = accepted(submitter, payload)

    run = submitter.watch(task_id, seconds=SECONDS, until={"RETRYING"})

    assert run.last["status"] == "RETRYING"
    assert run.last["error"]["type"] == "TransientError"
    assert run.last["error"]["status_code"] == 503
    assert submitter.watch(task_id, seconds=SECONDS).last["status"] == "SUCCESS"


def test__failed__says_why(submitter: Client, payload: dict[str, Any]) -> None:
    payload["app_id"] = intune.UNPUBLISHED_APP

    run = submitter.watch(accepted(submitter, payload), seconds=SECONDS)

    assert run.last["status"] == "FAILED"
    assert run.last["error"]["type"] == "PermanentError"
    assert run.last["attempt"] == 1
    assert run.last["result"] is None


@pytest.mark.parametrize("task_id", [str(uuid.UUID(int=1)), "no-uuid"])
def test__unknown_task__404(submitter: Client, task_id: str) -> None:
    answer = submitter.status(task_id)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test__another_users_task__404_but_operators_see_it(
    submitter: Client, second_submitter: Client, operator: Client, payload: dict[str, Any]
) -> None:
    task_id = accepted(submitter, payload)

    assert second_submitter.status(task_id).status_code == 404
    seen = operator.status(task_id)
    assert seen.status_code == 200
    assert task_id in seen.json()["execution_arn"]
    assert "execution_arn" not in submitter.status(task_id).json()


@pytest.mark.parametrize("slash", ["", "/"])
def test__with_and_without_slash__answered(
    submitter: Client, payload: dict[str, Any], slash: str
) -> None:
    task_id = accepted(submitter, payload)

    assert submitter.request("GET", f"tasks/{task_id}/status{slash}").status_code == 200


def test__etag__304_until_something_changes(
    stack: LocalStack, submitter: Client, payload: dict[str, Any]
) -> None:
    with submit_step_withheld(stack):
        task_id = accepted(submitter, payload)
        before = submitter.status(task_id)
        unchanged = submitter.status(task_id, headers={"If-None-Match": before.headers["etag"]})
    run = submitter.watch(task_id, seconds=SECONDS)
    after = submitter.status(task_id, headers={"If-None-Match": before.headers["etag"]})
    again = submitter.status(task_id, headers={"If-None-Match": after.headers["etag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == before.headers["etag"]
    assert run.last["status"] == "SUCCESS"
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert "retry-after" not in after.headers
    assert (again.status_code, again.content) == (304, b"")

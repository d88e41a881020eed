"""POST /api/v1/deployments over real HTTP: what is accepted, what is refused, and only once."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.client import Client
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

SECONDS = 20.0
LIMIT_BYTES = 192 * 1024


def executions_of(stack: LocalStack, task_id: str) -> int:
    pages = stack.aws.workflows.get_paginator("list_executions").paginate(
        stateMachineArn=stack.outputs["DeploymentMachineArn"]
    )
    names = [execution["name"] for page in pages for execution in page["executions"]]
    return sum(name.startswith(task_id) for name in names)


def test__deployment__202_with_exactly_these_keys_and_headers(
    submitter: Client, payload: dict[str, Any]
) -> None:
    correlation_id = str(uuid.uuid4())

    answer = submitter.deploy(payload, headers={"X-Correlation-ID": correlation_id})

    assert answer.status_code == 202
    body = answer.json()
    assert body == {
        "task_id": str(uuid.UUID(body["task_id"])),
        "correlation_id": correlation_id,
        "status": "accepted",
        "status_url": f"/api/v1/tasks/{body['task_id']}/status/",
    }
    assert answer.headers["location"] == body["status_url"]
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["x-correlation-id"] == correlation_id


@pytest.mark.parametrize("path", ["deployments", "deployments/"])
def test__with_and_without_slash__accepted(
    submitter: Client, payload: dict[str, Any], path: str
) -> None:
    body = {"connector_type": "intune", "payload": payload}

    assert submitter.request("POST", path, json=body).status_code == 202


def test__same_key_again__same_202_and_one_effect(
    stack: LocalStack,
    submitter: Client,
    payload: dict[str, Any],
    effects: Callable[[dict[str, Any]], int],
) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first = submitter.deploy(payload, headers=key)
    second = submitter.deploy(payload, headers=key)
    run = submitter.watch(first.json()["task_id"], seconds=SECONDS)
    third = submitter.deploy(payload, headers=key)

    assert run.last["status"] == "SUCCESS"
    assert [answer.status_code for answer in (first, second, third)] == [202, 202, 202]
    assert first.json() == second.json() == third.json()
    assert third.headers["location"] == first.headers["location"]
    assert third.headers["x-correlation-id"] == first.json()["correlation_id"]
    assert executions_of(stack, run.task_id) == 1
    assert effects(payload) == 1


def test__same_key_with_another_body__422(submitter: Client, payload: dict[str, Any]) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert submitter.deploy(payload, headers=key).status_code == 202

    answer = submitter.deploy({**payload, "intent": "available"}, headers=key)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test__same_key_of_another_user__another_task(
    submitter: Client, second_submitter: Client, payload: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}

    mine = submitter.deploy(payload, headers=key).json()
    theirs = second_submitter.deploy(payload, headers=key).json()

    assert mine["task_id"] != theirs["task_id"]


def test__body_above_the_limit__413(submitter: Client, payload: dict[str, Any]) -> None:
    answer = submitter.deploy({**payload, "app_id": "x" * LIMIT_BYTES})

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test__several_faults__400_lists_every_one(submitter: Client) -> None:
    answer = submitter.deploy(
        {"app_id": 7, "intent": "perhaps", "group": "typo"}, deadline_seconds="soon", surplus=1
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/deadline_seconds",
        "/payload/app_id",
        "/payload/group",
        "/payload/group_id",
        "/payload/intent",
        "/surplus",
    }


def test__not_json__400(submitter: Client) -> None:
    answer = submitter.request(
        "POST", "deployments", content=b"{", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


def test__another_media_type__415(submitter: Client) -> None:
    answer = submitter.request(
        "POST", "deployments", content=b"{}", headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 415


def test__unknown_connector__400_names_the_known(submitter: Client) -> None:
    answer = submitter.request("POST", "deployments", json={"connector_type": "fax", "payload": {}})

    assert answer.status_code == 400
    assert "intune" in answer.text

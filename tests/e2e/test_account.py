"""What holds in every account: the stack is whole, and takes what may be sent to its vendors."""

import json
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.client import Client
from tests.access.page import check

pytestmark = [pytest.mark.e2e, pytest.mark.account]

SECONDS = 900
"""How long a real vendor may take."""


def deployments() -> list[Mapping[str, Any]]:
    """Return the bodies that may be sent, none unless somebody has said so."""
    given = os.environ.get("DEPLOYMENTS")
    return json.loads(Path(given).read_text()) if given else []


def test__description__names_the_routes(anonymous: Client) -> None:
    answer = anonymous.request("GET", "openapi.json")
    assert answer.status_code == 200
    assert "/api/v1/deployments" in answer.json()["paths"]


def test__page__shows_the_description_and_nothing_from_elsewhere(anonymous: Client) -> None:
    answer = anonymous.request("GET", "docs")
    assert answer.status_code == 200
    page = check(answer.text, answer.headers["content-security-policy"])
    # The one thing that it fetches is beside it, as its last script says, and nobody need sign in.
    assert re.findall(r"fetch\((.+?)\)", page.texts["script"][-1]) == [
        "`${base}/api/v1/openapi.json`"
    ]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test__breakers__every_signed_in_user_sees_them(bystander: Client) -> None:
    answer = bystander.request("GET", "breakers")
    assert answer.status_code == 200
    breakers = answer.json()
    assert breakers
    assert {each["state"] for each in breakers.values()} <= {"closed", "open", "half-open"}


def test__correlation_id__comes_back(submitter: Client) -> None:
    mine = str(uuid.uuid4())
    answer = submitter.request("GET", "breakers", headers={"X-Correlation-ID": mine})
    assert answer.headers["x-correlation-id"] == mine


def test__task_of_nobody__404_problem(submitter: Client) -> None:
    answer = submitter.status(str(uuid.uuid4()))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test__body_without_sense__400_and_nothing_is_accepted(submitter: Client) -> None:
    answer = submitter.request("POST", "deployments", json={"connector_type": "abacus"})
    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test__nobodys_task__can_neither_be_cancelled_nor_retried(
    submitter: Client, action: str
) -> None:
    assert submitter.request("POST", f"tasks/{uuid.uuid4()}/{action}").status_code == 404


def test__many_retries__are_counted_for_operators_only(submitter: Client, operator: Client) -> None:
    asked = {"correlation_id": str(uuid.uuid4()), "dry_run": True}
    counted = operator.request("POST", "task-retries", json=asked)
    assert (counted.status_code, counted.json()) == (200, {"count": 0, "exact": True})
    assert submitter.request("POST", "task-retries", json=asked).status_code == 403


NONE = pytest.param({}, marks=pytest.mark.skip(reason="DEPLOYMENTS names none"), id="none")


@pytest.mark.parametrize(
    "body", [pytest.param(body, id=body["connector_type"]) for body in deployments()] or [NONE]
)
def test__deployment__is_taken_once_and_ends_in_success(
    submitter: Client, body: Mapping[str, Any]
) -> None:
    key = {"Idempotency-Key": f"verify-{uuid.uuid4()}"}
    first = submitter.request("POST", "deployments", headers=key, json=body)
    again = submitter.request("POST", "deployments", headers=key, json=body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    run = submitter.watch(first.json()["task_id"], seconds=SECONDS)
    assert run.last["status"] == "SUCCESS", run.last
    for action in ("cancel", "retry"):  # what has succeeded stays as it is
        assert submitter.request("POST", f"tasks/{run.task_id}/{action}").status_code == 409

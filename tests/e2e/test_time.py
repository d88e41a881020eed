"""Nothing waits for ever: a vendor that never answers does not keep a task past its deadline."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.client import Client
from infra.local.standins import intune

pytestmark = pytest.mark.e2e

DEADLINE_SECONDS = 6
SLACK_SECONDS = 10.0
"""What starting the workflow and writing the end may take on a busy machine."""


def test__vendor_never_answers__the_task_ends_at_its_deadline(
    submitter: Client, payload: dict[str, Any], fault: Callable[..., None]
) -> None:
    payload["app_id"] = intune.FLAKY_APP
    fault(intune.FLAKY_APP, kind="hang")
    began = time.monotonic()
    answer = submitter.deploy(payload, deadline_seconds=DEADLINE_SECONDS)
    accepted_after = time.monotonic() - began

    run = submitter.watch(answer.json()["task_id"], seconds=DEADLINE_SECONDS + SLACK_SECONDS)

    assert accepted_after < 5
    assert run.last["status"] == "FAILED"
    assert run.last["error"]["type"] == "DeadlineExceededError"
    assert DEADLINE_SECONDS - 1 < time.monotonic() - began < DEADLINE_SECONDS + SLACK_SECONDS

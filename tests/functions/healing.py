"""Deployments that were accepted, failed or cancelled, and requests to heal them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.attempts import Attempt
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from tests.fakes.events import SUBMITTER, http_event, post_event
from tests.functions.lambdas import Account, Context, LambdaHandler

PAYLOAD = {
    "app_id": "5a5a5a5a-0000-4000-8000-0000000000b1",
    "group_id": "5a5a5a5a-0000-4000-8000-0000000000a1",
    "intent": "required",
}
FAILED = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))


def send(api: LambdaHandler, path: str, body: Any = None, claims: Any = SUBMITTER) -> Any:
    """Post, and return the answer's status and document."""
    headers = {} if body is None else {"content-type": "application/json"}
    event = http_event(
        "POST",
        f"/api/v1/{path}",
        body=None if body is None else json.dumps(body),
        headers=headers,
        claims=claims,
    )
    answer = api(event, Context())
    return answer["statusCode"], json.loads(answer["body"])


def deploy(api: LambdaHandler) -> str:
    answer = api(post_event({"connector_type": "intune", "payload": PAYLOAD}), Context())
    return str(json.loads(answer["body"])["task_id"])


def fail(account: Account, task_id: str) -> None:
    """End a task as a step does."""
    now = datetime.now(UTC)
    store = account.store
    task = store.get(task_id)
    assert task is not None
    claimed = store.claim(
        task_id,
        execution_name=task.execution_name,
        attempt=Attempt(now, 0),
        now=now,
        due_at=now,
    )
    store.settle(claimed, FAILED, now=now, expires_at=now + timedelta(days=30))


def read(account: Account, task_id: str) -> Task:
    task = account.store.get(task_id)
    assert task is not None
    return task


def cancelled(account: Account, event: dict[str, Any], handle: dict[str, Any]) -> Task:
    """Store the event's task, as a cancel leaves it whose vendor was at work."""
    now, store = datetime.now(UTC), account.store
    task = account.seed(event, service=event["command"]["connector_type"], kind=Kind.DEPLOYMENT)
    claimed = store.claim(
        task.task_id,
        execution_name=task.execution_name,
        attempt=Attempt(now - timedelta(days=30), 0),
        now=now,
        due_at=now,
    )
    store.advance(replace(claimed, handle=handle), now=now)
    standing = read(account, task.task_id)
    outcome = Outcome(
        status=Status.CANCELLED, cancellation=cancellation_of(standing, by="user-1", at=now)
    )
    return store.end(standing, outcome, now=now, expires_at=now + timedelta(days=30))

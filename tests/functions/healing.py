"""Deployments that were accepted, failed or cancelled, and requests to heal them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.attempts import Attempt
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from tests.fakes.tasks import claim
from tests.functions.account import Account

PAYLOAD = {
    "app_id": "5a5a5a5a-0000-4000-8000-0000000000b1",
    "group_id": "5a5a5a5a-0000-4000-8000-0000000000a1",
    "intent": "required",
}
BODY = {"connector_type": "intune", "payload": PAYLOAD}
FAILED = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))


def url(task_id: str, action: str) -> str:
    return f"/api/v1/tasks/{task_id}/{action}"


def fail(account: Account, task_id: str) -> None:
    """End a task as a step does."""
    now, store = datetime.now(UTC), account.store
    claimed = claim(store, account.task(task_id), Attempt(now, 0), now=now)
    store.settle(claimed, FAILED, now=now, expires_at=now + timedelta(days=30))


def cancelled(account: Account, event: dict[str, Any], handle: dict[str, Any]) -> Task:
    """Store the event's task, as a cancel leaves it whose vendor was at work."""
    now, store = datetime.now(UTC), account.store
    task = account.seed(event, service=event["command"]["connector_type"], kind=Kind.DEPLOYMENT)
    claimed = claim(store, task, Attempt(now - timedelta(days=30), 0), now=now)
    store.advance(replace(claimed, handle=handle), now=now)
    standing = account.task(task.task_id)
    outcome = Outcome(
        status=Status.CANCELLED, cancellation=cancellation_of(standing, by="user-1", at=now)
    )
    return store.end(standing, outcome, now=now, expires_at=now + timedelta(days=30))

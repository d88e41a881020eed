"""Tasks and requests to test with."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.domain.attempts import Attempt
from breakwater.domain.requests import Request, new_task
from breakwater.domain.tasks import Kind, Task
from breakwater.ports import ExecutionStore

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
PAYLOAD = {
    "app_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001",
    "group_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0099",
    "intent": "required",
}


def a_request(**changes: Any) -> Request:
    """Return a deployment's request."""
    values: dict[str, Any] = {
        "kind": Kind.DEPLOYMENT,
        "service": "intune",
        "owner": "user-1",
        "operation": "POST /api/v1/deployments",
        "command": {
            "connector_type": "intune",
            "payload": PAYLOAD,
            "deadline_seconds": 3600,
            "on_open_circuit": "wait",
        },
        "deadline": timedelta(hours=1),
        "correlation_id": str(uuid.UUID(int=7)),
        **changes,
    }
    return Request(**values)


def a_task(*, now: datetime = NOW, **changes: Any) -> Task:
    """Return a task as accepting makes it."""
    return new_task(a_request(**changes), now=now, due_after=timedelta(seconds=60))


def attempt(number: int = 0, *, retry: int = 0, at: datetime = NOW) -> Attempt:
    """Return the attempt of the state entered `number` seconds after `at`."""
    return Attempt(at + timedelta(seconds=number), retry)


FIRST = attempt(1)


def claim(
    store: ExecutionStore,
    task: Task,
    by: Attempt = FIRST,
    *,
    now: datetime = NOW,
    due_at: datetime | None = None,
) -> Task:
    """Let an attempt claim a task, as its execution's step does."""
    return store.claim(
        task.task_id,
        execution_name=task.execution_name,
        attempt=by,
        now=now,
        due_at=due_at or now,
    )


def step_event(task: Task, by: Attempt = FIRST, **changes: Any) -> dict[str, Any]:
    """Return what a task's state machine invokes a step with."""
    return {
        **json.loads(task.input),
        "execution": task.execution_name,
        "entered_at": by.entered_at.isoformat(),
        "retry_count": by.retry_count,
        **changes,
    }

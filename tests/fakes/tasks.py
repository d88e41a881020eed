"""Tasks and requests to test with."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.domain.attempts import Attempt
from breakwater.domain.requests import Request, new_task
from breakwater.domain.tasks import Kind, Task

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

"""From a client's request to a new task: its identity, its fingerprint and its input."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.changes import ChangeRecord
from breakwater.domain.tasks import Kind, Task

MAX_BODY_BYTES = 192 * 1024
"""The largest request that is accepted: Step Functions takes 256 KiB, with what we add.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_NAMESPACE = uuid.UUID("6f1c1f5e-6b0e-5f0c-9a53-6a0d0a1a7c55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An operation that a caller asks for, already validated.

    `operation` is the method and concrete path, `command` the validated body. Where `alone` names
    something, only one unfinished task may have it. `change_system` is where it is documented.
    """

    kind: Kind
    service: str
    owner: str
    operation: str
    command: Mapping[str, Any]
    deadline: timedelta
    correlation_id: str
    idempotency_key: str | None = None
    alone: str | None = None
    change_system: str | None = None

    @property
    def task_id(self) -> str:
        """The task's id: derived from (owner, operation, key), so that a repeat finds it."""
        if self.idempotency_key is None:
            return str(uuid.uuid4())
        name = canonical([self.owner, self.operation, self.idempotency_key])
        return str(uuid.uuid5(_NAMESPACE, name.decode()))

    @property
    def fingerprint(self) -> str:
        """What tells a repeat of this request from another one under the same key."""
        return hashlib.sha256(canonical([self.operation, self.command])).hexdigest()


def canonical(value: Any) -> bytes:
    """Return the one JSON text of `value`: keys sorted, no blanks, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def new_task(request: Request, *, now: datetime, due_after: timedelta) -> Task:
    """Return the task that `request` asks for, PENDING and due for a look after `due_after`.

    The execution's name carries a nonce that sorts by time: names stay taken for 90 days after an
    execution closes, and an idempotency key may be used again sooner.
    """
    task_id = request.task_id
    token = uuid.uuid4().hex
    deadline = now + request.deadline
    execution_input = {
        "task_id": task_id,
        "correlation_id": request.correlation_id,
        "command": request.command,
    }
    return Task(
        task_id=task_id,
        kind=request.kind,
        service=request.service,
        owner=request.owner,
        correlation_id=request.correlation_id,
        fingerprint=request.fingerprint,
        execution_name=f"{task_id}-{int(now.timestamp() * 1000):011x}{token[:5]}",
        request_token=token,
        input=canonical(execution_input),
        created_at=now,
        updated_at=now,
        deadline=deadline,
        due_at=min(deadline, now + due_after),
        change=ChangeRecord(system=request.change_system) if request.change_system else None,
    )

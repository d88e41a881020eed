"""From a client's request to a new task: its identity, its fingerprint and its input."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.changes import ChangeRecord
from breakwater.domain.risk_levels import AcceptedRisk
from breakwater.domain.tasks import Kind, Task

MAX_BODY_BYTES = 192 * 1024
"""The largest request that is accepted: Step Functions takes 256 KiB, with what we add.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_NAMESPACE = uuid.UUID("6f1c1f5e-6b0e-5f0c-9a53-6a0d0a1a7c55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An operation that a caller asks for, already validated.

    `operation` is the method and concrete path, `command` the validated body. `change_system` is
    where it is documented. `package` is the key of what is deployed, `risk` how the intent that it
    names is scored: no part of the command, as a score may change before the request is repeated.
    """

    kind: Kind
    service: str
    owner: str
    operation: str
    command: Mapping[str, Any]
    deadline: timedelta
    correlation_id: str
    idempotency_key: str | None = None
    change_system: str | None = None
    package: str | None = None
    risk: AcceptedRisk | None = None

    @property
    def task_id(self) -> str:
        """The task's id: derived from (owner, operation, key), so that a repeat finds it."""
        return identity(self.owner, self.operation, self.idempotency_key)

    @property
    def alone(self) -> str | None:
        """What only one unfinished task may have; see alone_of."""
        return alone_of(self.kind, self.command)

    @property
    def fingerprint(self) -> str:
        """What tells a repeat of this request from another one under the same key."""
        return fingerprint_of(self.operation, self.command)


def fingerprint_of(operation: str, body: Mapping[str, Any]) -> str:
    """Return what tells a repeat of a request from another one under the same key."""
    return hashlib.sha256(canonical([operation, body])).hexdigest()


def identity(owner: str, operation: str, idempotency_key: str | None) -> str:
    """Return the id of what a request makes: the same for a repeat under the same key."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    name = canonical([owner, operation, idempotency_key])
    return str(uuid.uuid5(_NAMESPACE, name.decode()))


def subject_of(kind: Kind, command: Mapping[str, Any]) -> str | None:
    """Return what of ours a command is about, beside the service that it goes to."""
    key = {Kind.CHAT: "conversation_id", Kind.RISK_SCORE: "intent_id"}.get(kind)
    return str(command[key]) if key else None


def alone_of(kind: Kind, command: Mapping[str, Any]) -> str | None:
    """Return what only one unfinished task may have, or None: any number may run together.

    It follows from the command, so that a retry as a new task needs what the first one needed.
    """
    match kind:
        case Kind.SYNC:
            return f"sync/{command['system']}"
        case Kind.CHAT:
            return f"conversation/{command['conversation_id']}"
        case Kind.REPLAY:
            return "task-retries"
        case _:
            return None


def canonical(value: Any) -> bytes:
    """Return the one JSON text of `value`: keys sorted, no blanks, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def new_task(
    request: Request, *, now: datetime, due_after: timedelta, origin: str | None = None
) -> Task:
    """Return the task that `request` asks for, PENDING and due for a look after `due_after`.

    `origin` is the mark of the first task of a chain of retries, None where this is it: a step that
    must recognise the same request in another task's execution finds it in its input.
    """
    task_id = request.task_id
    token = uuid.uuid4().hex
    name = execution_name(task_id, now, token)
    deadline = now + request.deadline
    execution_input = {
        "task_id": task_id,
        "origin": origin or name,
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
        execution_name=name,
        request_token=token,
        input=canonical(execution_input),
        created_at=now,
        updated_at=now,
        deadline=deadline,
        due_at=min(deadline, now + due_after),
        subject=subject_of(request.kind, request.command),
        change=ChangeRecord(system=request.change_system) if request.change_system else None,
        package=request.package,
        risk=request.risk,
    )


def execution_name(task_id: str, now: datetime, token: str) -> str:
    """Return the name of a new task's execution.

    It carries a nonce that sorts by time: names stay taken for 90 days after an execution closes,
    and an idempotency key may be used again sooner.
    """
    return f"{task_id}-{int(now.timestamp() * 1000):011x}{token[:5]}"

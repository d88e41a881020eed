"""The new task that a retry makes of an ended one, and which ended ones allow it.

The new task's id is derived from the execution of the old one, so that a repeated retry, also one
whose answer was lost, finds the task that the first one made.
"""

import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.attempts import NEVER
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.requests import alone_of, canonical, execution_name, identity
from breakwater.domain.resolutions import Verdict
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task


def refusal(task: Task) -> str | None:
    """Say why a task cannot be retried as it stands; None where it can be."""
    match task.status:
        case Status.FAILED | Status.CANCELLED:
            return None
        case Status.UNKNOWN:
            return _doubt(task)
        case Status.SUCCESS:
            return "it has succeeded"
        case _:
            return f"it has not ended: it is {task.status.value}"


def _doubt(task: Task) -> str | None:
    if task.resolution is None:
        return "nobody knows whether it took effect: an operator has to resolve it first"
    if task.resolution.outcome is Verdict.TOOK_EFFECT:
        return "it took effect, as it was resolved: a retry would do it twice"
    return None


def retried_id(task: Task) -> str:
    """Return the id of the task that a retry of `task` makes."""
    return identity(task.owner, "retry", task.execution_name)


def retried(task: Task, *, now: datetime, due_after: timedelta) -> Task:
    """Return the new task that asks for what `task` did, whose input must have been read.

    What was asked for is kept, and by whom; how it went is not. A change gets a record of its own,
    since the old one tells how the old task has ended.
    """
    given = _given(task)
    task_id, token = retried_id(task), uuid.uuid4().hex
    change = given["command"].get("change")
    deadline = now + (task.deadline - task.created_at)
    execution_input = {**given, "task_id": task_id, "origin": given.get("origin", task.task_id)}
    return replace(
        task,
        task_id=task_id,
        execution_name=execution_name(task_id, now, token),
        request_token=token,
        input=canonical(execution_input),
        created_at=now,
        updated_at=now,
        deadline=deadline,
        due_at=min(deadline, now + due_after),
        retry_of=task.task_id,
        retried_as=None,
        retried_by=None,
        status=Status.PENDING,
        revision=0,
        claimed_by=NEVER,
        retries=0,
        intent=None,
        handle=None,
        result=None,
        problem=None,
        retry_at=None,
        sequence=0,
        change=ChangeRecord(system=change["system"]) if change else None,
        cancellation=None,
        resolution=None,
        expires_at=None,
    )


def alone(task: Task) -> str | None:
    """Return what only one unfinished task may have that does this; its input must be there."""
    return alone_of(task.kind, _given(task)["command"])


def _given(task: Task) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(task.input)
    return given

"""Tasks as their readers see them."""

from typing import Any

from breakwater.api import changes
from breakwater.domain.cancellations import Cancellation
from breakwater.domain.risk_levels import AcceptedRisk
from breakwater.domain.tasks import Task

RETRY_AFTER_SECONDS = 2


def status_url(task_id: str) -> str:
    """Return the path under which the task's status is read."""
    return f"/api/v1/tasks/{task_id}/status/"


def accepted(task: Task) -> dict[str, str]:
    """Return the body of a 202."""
    return {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "status": "accepted",
        "status_url": status_url(task.task_id),
    }


def status(task: Task, *, execution_arn: str | None) -> dict[str, Any]:
    """Return the body of a status; the execution's ARN is for operators only."""
    view: dict[str, Any] = {
        "task_id": task.task_id,
        "kind": task.kind.value,
        "status": task.status.value,
        "result": task.result,
        "error": error(task),
        "attempt": task.attempt,
        "correlation_id": task.correlation_id,
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
        "deadline": task.deadline.isoformat(),
    }
    if task.retry_at is not None:
        view["retry_at"] = task.retry_at.isoformat()
    if task.change is not None:
        view["change"] = changes.view(task.change)
    if task.risk is not None:
        view["risk"] = risk(task.risk)
    view |= _marks(task)
    if execution_arn is not None:
        view["execution_arn"] = execution_arn
    return view


def summary(task: Task, *, execution_arn: str | None) -> dict[str, Any]:
    """Return a task as a list shows it: its status without the result, which may be large."""
    view = status(task, execution_arn=execution_arn)
    del view["result"]
    return {**view, "service": task.service, "status_url": status_url(task.task_id)}


def risk(accepted: AcceptedRisk) -> dict[str, Any]:
    """Return the score that a deployment was accepted with; null where there was none."""
    level = accepted.level.value if accepted.level else None
    return {
        "intent_id": accepted.intent_id,
        "score": accepted.score,
        "level": level,
        "model": accepted.model,
    }


def cancellation(mark: Cancellation) -> dict[str, Any]:
    """Return who has ended a task from outside, and what that means at its vendor."""
    return {
        **({"by": mark.by} if mark.by else {}),
        "at": mark.at.isoformat(),
        "effect": mark.effect.value,
        "at_vendor": mark.at_vendor.value,
        **({"error": dict(mark.error)} if mark.error else {}),
    }


def etag(task: Task, *, operator: bool) -> str:
    """Return the entity tag: the execution tells a reused id apart, the revision each write."""
    nonce = task.execution_name.rpartition("-")[2]
    return f'"{nonce}.{task.revision}{".o" if operator else ""}"'


def error(task: Task) -> dict[str, Any] | None:
    """Return why a task is retrying or has failed."""
    if task.problem is None:
        return None
    fields = ("type", "message", "service", "status_code", "response_body")
    found = {name: getattr(task.problem, name) for name in fields}
    return {name: value for name, value in found.items() if value is not None}


def _marks(task: Task) -> dict[str, Any]:
    """Return what stands beside the status, as far as there is something."""
    marks: dict[str, Any] = {"retry_of": task.retry_of, "retried_as": task.retried_as}
    if task.cancellation is not None:
        marks["cancellation"] = cancellation(task.cancellation)
    if task.resolution is not None:
        marks["resolution"] = {
            "outcome": task.resolution.outcome.value,
            "reason": task.resolution.reason,
            "by": task.resolution.by,
            "at": task.resolution.at.isoformat(),
        }
    return {name: mark for name, mark in marks.items() if mark is not None}

"""What is recorded of a task for good: append only, ordered per task by a sequence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from breakwater.domain.resolutions import Resolution
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task


class EventType(StrEnum):
    """The names that auditors search for."""

    CONNECTOR_DEPLOY_SUCCESS = "CONNECTOR_DEPLOY_SUCCESS"
    CONNECTOR_DEPLOY_FAILED = "CONNECTOR_DEPLOY_FAILED"
    INTEGRATION_SYNC_COMPLETED = "INTEGRATION_SYNC_COMPLETED"
    INTEGRATION_SYNC_FAILED = "INTEGRATION_SYNC_FAILED"
    AI_CHAT_COMPLETED = "AI_CHAT_COMPLETED"
    AI_CHAT_FAILED = "AI_CHAT_FAILED"
    RISK_SCORE_CALCULATED = "RISK_SCORE_CALCULATED"
    RISK_SCORE_FAILED = "RISK_SCORE_FAILED"
    TASK_RETRIES_COMPLETED = "TASK_RETRIES_COMPLETED"
    TASK_RETRIES_FAILED = "TASK_RETRIES_FAILED"
    TASK_OUTCOME_UNKNOWN = "TASK_OUTCOME_UNKNOWN"
    TASK_CANCELLED = "TASK_CANCELLED"
    TASK_RETRIED = "TASK_RETRIED"
    TASK_RESOLVED = "TASK_RESOLVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the audit trail.

    `stream` is the task's id; `execution_name` and `sequence` are its place in it, so that the same
    end written twice is the same entry.
    """

    stream: str
    execution_name: str
    sequence: int
    type: EventType
    correlation_id: str
    owner: str
    occurred_at: datetime
    data: Mapping[str, Any]


_ENDINGS = {
    (Kind.DEPLOYMENT, Status.SUCCESS): EventType.CONNECTOR_DEPLOY_SUCCESS,
    (Kind.DEPLOYMENT, Status.FAILED): EventType.CONNECTOR_DEPLOY_FAILED,
    (Kind.SYNC, Status.SUCCESS): EventType.INTEGRATION_SYNC_COMPLETED,
    (Kind.SYNC, Status.FAILED): EventType.INTEGRATION_SYNC_FAILED,
    (Kind.CHAT, Status.SUCCESS): EventType.AI_CHAT_COMPLETED,
    (Kind.CHAT, Status.FAILED): EventType.AI_CHAT_FAILED,
    (Kind.RISK_SCORE, Status.SUCCESS): EventType.RISK_SCORE_CALCULATED,
    (Kind.RISK_SCORE, Status.FAILED): EventType.RISK_SCORE_FAILED,
    (Kind.REPLAY, Status.SUCCESS): EventType.TASK_RETRIES_COMPLETED,
    (Kind.REPLAY, Status.FAILED): EventType.TASK_RETRIES_FAILED,
}

_ENDINGS_OF_ANY = {
    Status.CANCELLED: EventType.TASK_CANCELLED,
    Status.UNKNOWN: EventType.TASK_OUTCOME_UNKNOWN,
}
"""The ends that say the same of every kind."""

_SERVICE_KEYS = {
    Kind.DEPLOYMENT: "connector_type",
    Kind.SYNC: "system",
    Kind.CHAT: "service",
    Kind.RISK_SCORE: "connector_type",
    Kind.REPLAY: "service",
}
"""What requests of each kind call the service that they name."""

_SUBJECT_KEYS = {Kind.CHAT: "conversation_id", Kind.RISK_SCORE: "intent_id"}
"""What they call their subject."""


def ending(task: Task, outcome: Outcome, *, at: datetime) -> Event:
    """Return the one event that commits together with a task's terminal status."""
    data: dict[str, Any] = {_SERVICE_KEYS[task.kind]: task.service, "status": outcome.status.value}
    if task.kind in _SUBJECT_KEYS:
        data[_SUBJECT_KEYS[task.kind]] = task.subject
    if outcome.result is not None:
        data["result"] = dict(outcome.result)
    if outcome.problem is not None:
        data["error"] = outcome.problem.message
        data["error_type"] = outcome.problem.type
    if outcome.cancellation is not None:
        data["effect"] = outcome.cancellation.effect.value
        data |= {"by": outcome.cancellation.by} if outcome.cancellation.by else {}
    type_ = _ENDINGS_OF_ANY.get(outcome.status) or _ENDINGS[task.kind, outcome.status]
    return _next(task, type_, data, at=at)


def retrying(task: Task, *, as_task: str, by: str, at: datetime) -> Event:
    """Return the event that commits together with a task's retry as a new one."""
    data = {_SERVICE_KEYS[task.kind]: task.service, "retried_as": as_task, "by": by}
    return _next(task, EventType.TASK_RETRIED, data, at=at)


def resolving(task: Task, resolution: Resolution) -> Event:
    """Return the event that commits together with what was found out about an UNKNOWN task."""
    data = {
        _SERVICE_KEYS[task.kind]: task.service,
        "outcome": resolution.outcome.value,
        "reason": resolution.reason,
        "by": resolution.by,
    }
    return _next(task, EventType.TASK_RESOLVED, data, at=resolution.at)


def _next(task: Task, type_: EventType, data: Mapping[str, Any], *, at: datetime) -> Event:
    """Return the event that follows a task's last one."""
    return Event(
        stream=task.task_id,
        execution_name=task.execution_name,
        sequence=task.sequence + 1,
        type=type_,
        correlation_id=task.correlation_id,
        owner=task.owner,
        occurred_at=at,
        data=data,
    )

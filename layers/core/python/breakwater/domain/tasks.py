"""A task: one accepted operation, from its 202 to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from breakwater.domain.attempts import NEVER
from breakwater.domain.cancellations import Cancellation
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.resolutions import Resolution
from breakwater.domain.risk_levels import AcceptedRisk
from breakwater.domain.status import Status


class Kind(StrEnum):
    """What a task does; each kind is a workflow."""

    DEPLOYMENT = "deployment"
    SYNC = "sync"
    CHAT = "chat"
    RISK_SCORE = "risk_score"
    REPLAY = "replay"
    """Retries many ended tasks, at a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a task is retrying or has failed, fit to be shown to its owner.

    `type` is the name of an error (domain.errors, or AWS's own for what killed a step).
    """

    type: str
    message: str
    service: str | None = None
    status_code: int | None = None
    response_body: str | None = None

    @classmethod
    def of(cls, error: Exception) -> "Problem":
        """Describe one of our own errors, with whatever a vendor's refusal carries."""
        return cls(
            type=type(error).__name__,
            message=str(error),
            service=getattr(error, "service", None),
            status_code=getattr(error, "status_code", None),
            response_body=getattr(error, "response_body", None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The record of a task. Every change goes through a store's conditional write.

    `intent` is what an attempt was about to do at the vendor and has not reported back on: while
    it stands, only the vendor can tell whether the effect happened. `handle` is what a connector
    needs to ask for progress.
    """

    task_id: str
    kind: Kind
    service: str
    owner: str
    correlation_id: str
    fingerprint: str
    execution_name: str
    request_token: str
    input: bytes
    """The exact bytes the execution is started with."""
    created_at: datetime
    updated_at: datetime
    deadline: datetime
    due_at: datetime | None
    """When the sweeper should look: the next expected activity, at most the deadline."""
    status: Status = Status.PENDING
    revision: int = 0
    """Grows with every write: the base of the entity tag."""
    claimed_by: str = NEVER
    """The key of the attempt that owns the task."""
    retries: int = 0
    intent: Mapping[str, Any] | None = None
    handle: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    problem: Problem | None = None
    retry_at: datetime | None = None
    sequence: int = 0
    """The number of the task's last event."""
    subject: str | None = None
    """What of ours it is about, where its service does not say it: by the id of a conversation or
    a deployment intent."""
    change: ChangeRecord | None = None
    """What documents it, if that was asked for; it is told of the end after it."""
    package: str | None = None
    """What a deployment deploys: the key by which its end is found among others of the same."""
    risk: AcceptedRisk | None = None
    """How the intent that it names was scored when it was accepted."""
    retry_of: str | None = None
    """The task that this one is a retry of."""
    retried_as: str | None = None
    """The task that is a retry of this one; there is one at most."""
    retried_by: str | None = None
    """Who has retried it: a user's `sub`, or a run of many as `task-retries/{id}`."""
    cancellation: Cancellation | None = None
    """Who has ended it from outside its steps, and what its vendor said to that."""
    resolution: Resolution | None = None
    """What an operator has found out about an UNKNOWN one."""
    expires_at: datetime | None = None
    """When an ended task, and with it its idempotency key, is forgotten."""

    @property
    def attempt(self) -> int:
        """The number of the current try, counted from 1; waiting does not grow it."""
        return self.retries + 1

    @property
    def mark(self) -> str:
        """What its effects are marked with, outside and in conversations: 53 characters.

        Not its id: that comes again with its Idempotency-Key once the record has expired, while
        what was marked stands for ever. The name says which acceptance it was.
        """
        return self.execution_name

    def is_expired(self, now: datetime) -> bool:
        """Whether it is to be treated as gone: DynamoDB deletes expired items days late."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a task ends."""

    status: Status
    result: Mapping[str, Any] | None = None
    problem: Problem | None = None
    cancellation: Cancellation | None = None
    """Where it is ended from outside its steps."""

    def __post_init__(self) -> None:
        if not self.status.is_terminal:
            raise ValueError(f"{self.status} is not an end")

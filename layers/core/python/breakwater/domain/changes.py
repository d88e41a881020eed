"""What documents a deployment in a system of record, and how that record stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

NEEDS_PROJECT = frozenset({"jira"})
"""The systems in which a change belongs to a project, which has to be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change request or issue to be opened for one deployment, at most once."""

    system: str
    """servicenow or jira."""
    summary: str
    task_id: str
    """The deployment's task: what the record tells people and programs to look at."""
    mark: str
    """The task's mark: what the record is found by."""
    description: str
    project: str | None = None
    """Jira's project key; ServiceNow has none."""


class ChangeState(StrEnum):
    """How far a change record is."""

    PENDING = "pending"
    """Wanted, and certainly not there."""
    OPENING = "opening"
    """Somebody has tried to open it and has not reported back: only its system can tell."""
    OPENED = "opened"
    CLOSED = "closed"
    """It says how the deployment has ended."""
    FAILED = "failed"
    """It could not be opened."""
    UNKNOWN = "unknown"
    """Nobody can tell whether it was opened: a human must look."""


FINAL = frozenset({ChangeState.CLOSED, ChangeState.FAILED, ChangeState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """The record of one deployment's change: a part of its task, apart from what it deploys."""

    system: str
    state: ChangeState = ChangeState.PENDING
    tried_at: datetime | None = None
    """When it was last tried to be opened."""
    failures: int = 0
    """How many tries have failed, of whatever there was to do."""
    give_up_at: datetime | None = None
    """Until when it is worked on; set once the deployment has ended."""
    handle: Mapping[str, Any] | None = None
    """`{id, key, url}` of the record, as its system's integration has returned it; before that,
    `{mark}`, by which the try to open it is found."""
    error: Mapping[str, str] | None = None
    """What came of the last try that failed: `{type, message}`."""

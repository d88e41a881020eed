"""An issue: as it is, and as an index that lags behind still has it."""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from infra.local.standins.jira.seeds import ZONE


@dataclass(frozen=True)
class Version:
    """What an issue says from one change to the next."""

    at: float
    """When it began, on the stand-ins' clock."""
    updated: datetime
    summary: str
    labels: tuple[str, ...]


@dataclass
class Issue:
    """An issue with everything that hangs on it."""

    id: str
    project: str
    number: int
    issue_type: str
    created: datetime
    versions: list[Version]
    properties: dict[str, Any] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: bool = False

    @property
    def key(self) -> str:
        """Return the key that people use."""
        return f"{self.project}-{self.number}"

    @property
    def current(self) -> Version:
        """Return the issue as it is."""
        return self.versions[-1]

    def indexed(self, at: float) -> Version | None:
        """Return the issue as the index had it at a moment; None: it had not."""
        seen = [version for version in self.versions if version.at <= at]
        return seen[-1] if seen else None

    def change(self, at: float, updated: datetime, **changes: Any) -> None:
        """Save the issue: with changes or without, it has been updated."""
        self.versions.append(replace(self.current, at=at, updated=updated, **changes))

    def view(self, version: Version) -> dict[str, Any]:
        """Return all fields of a version."""
        return {
            "summary": version.summary,
            "labels": list(version.labels),
            "updated": written(version.updated),
            "created": written(self.created),
            "project": {"key": self.project, "name": f"Project {self.project}"},
            "issuetype": {"name": self.issue_type, "subtask": False},
            "status": {"name": "To Do"},
            "priority": {"name": "Medium"},
        }

    def truth(self) -> dict[str, Any]:
        """Return everything about the issue, for the control routes."""
        return {
            "id": self.id,
            "key": self.key,
            "fields": self.view(self.current),
            "properties": self.properties,
            "links": list(self.links.values()),
        }


def written(moment: datetime) -> str:
    """Return a moment as Jira writes it: with milliseconds, and an offset without a colon."""
    local = moment.astimezone(ZONE)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def milliseconds(moment: datetime, precision: float = 0.001) -> int:
    """Return a moment in epoch milliseconds, cut to a precision in seconds."""
    step = round(precision * 1000)
    return math.floor(moment.timestamp() * 1000) // step * step

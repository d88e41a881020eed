"""What documents a deployment in a system of record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change request or issue to be opened for one deployment, at most once."""

    system: str
    """servicenow or jira."""
    summary: str
    correlation_id: str
    """The deployment's task id: what the record is found by."""
    description: str
    project: str | None = None
    """Jira's project key; ServiceNow has none."""

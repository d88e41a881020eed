"""What an operator has found out about a task whose outcome nobody knew."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Whether the effect that was in doubt has happened."""

    TOOK_EFFECT = "took_effect"
    DID_NOT = "did_not"
    """Nothing has happened: the task may be retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What stands beside an UNKNOWN status, which it does not change."""

    outcome: Verdict
    reason: str
    by: str
    """The operator's `sub`."""
    at: datetime

    def says_the_same_as(self, other: "Resolution") -> bool:
        """Whether two resolutions find the same, whoever wrote them and when."""
        return (self.outcome, self.reason) == (other.outcome, other.reason)

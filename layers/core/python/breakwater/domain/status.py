"""The states of a task, and which of them are ends."""

from enum import StrEnum


class Status(StrEnum):
    """Where a task stands. The specification's five, and two ends more.

    CANCELLED is what somebody wanted to end; UNKNOWN is what nobody can decide.
    """

    PENDING = "PENDING"
    """Accepted and stored; no step has claimed it yet."""
    RUNNING = "RUNNING"
    """A step works on it, or the vendor does and a poll is due."""
    RETRYING = "RETRYING"
    """The last attempt failed in a way that may pass, or the task is parked until `retry_at`."""
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    """Ended by its owner or an operator, with no effect in doubt."""
    UNKNOWN = "UNKNOWN"
    """An effect was intended and neither we nor the vendor can say whether it happened."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing may overwrite this status."""
        return self in TERMINAL


TERMINAL = frozenset({Status.SUCCESS, Status.FAILED, Status.CANCELLED, Status.UNKNOWN})
UNFINISHED = frozenset(Status) - TERMINAL

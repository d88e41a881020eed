"""What a connector says of an operation, and what a step tells the state machine to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from breakwater.domain.status import Status


@dataclass(frozen=True, slots=True)
class Done:
    """The vendor has finished: `result` is what the task's owner gets to see."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InProgress:
    """The vendor works on it: `handle` is what the next poll needs.

    `at_once`: there is nothing to wait for, this step has only had its share of time. `resume_at`
    is when there is more to do, where that is known.
    """

    handle: Mapping[str, Any]
    at_once: bool = False
    resume_at: datetime | None = None


Progress = Done | InProgress


@dataclass(frozen=True, slots=True)
class Found:
    """An earlier attempt's effect has happened: go on from `handle`."""

    handle: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Absent:
    """It has certainly not happened: it may be tried again."""


@dataclass(frozen=True, slots=True)
class NotVisibleYet:
    """It cannot be seen yet and would be by `until`: absence does not count before that."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Undecidable:
    """The vendor cannot tell. A human must."""

    reason: str


Lookup = Found | Absent | NotVisibleYet | Undecidable


class Next(StrEnum):
    """Where the state machine goes; functions/*/flow.asl.json branch on these words."""

    SUBMIT = "submit"
    POLL = "poll"
    COMPLETE = "complete"
    DOCUMENT = "document"
    SCORE = "score"
    WITHDRAW = "withdraw"
    SUCCEED = "succeed"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Directive:
    """A step's answer to its state machine: where to go, and when."""

    next: Next
    resume_at: datetime | None = None

    @classmethod
    def ended(cls, status: Status) -> "Directive":
        """Return the directive for a task that has ended with `status`."""
        return cls(Next.SUCCEED if status is Status.SUCCESS else Next.FAIL)

    def to_json(self) -> dict[str, Any]:
        """Return `{next, resume_at}`; `resume_at` in the one form that TimestampPath takes.

        The next whole second: Step Functions cuts the rest off and would go on too early
        (docs.aws.amazon.com/step-functions/latest/dg/state-wait.html).
        """
        at = None
        if self.resume_at is not None:
            late = self.resume_at.astimezone(UTC) + timedelta(seconds=1, microseconds=-1)
            at = late.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"next": self.next.value, "resume_at": at}

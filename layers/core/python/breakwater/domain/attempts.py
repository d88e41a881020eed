"""The order of attempts at one task, from Step Functions' context, and what each is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

HARD_LIMIT = timedelta(seconds=360)
"""How long a step may run (the specification's hard limit; TimeoutSeconds in the ASL)."""
MOST_WAITS = 2_000
"""How often a task may wait in all its time. An execution's history takes 25,000 events; a wait
and the step after it are 9, a step's own retry is 3 more.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_MAX_RETRIES = 9_999


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One invocation of a step: when its state was entered, and the how-manieth retry it is.

    Both come from the context object (`$$.State.EnteredTime`, `$$.State.RetryCount`), so that a
    killed Lambda's own retry is newer than it, and so is every later state.
    """

    entered_at: datetime
    retry_count: int

    @classmethod
    def parse(cls, entered_time: str, retry_count: int) -> "Attempt":
        """Read `$$.State.EnteredTime` (ISO 8601, UTC) and `$$.State.RetryCount`.

        Raises: ValueError if either is not of that form.
        """
        if not 0 <= retry_count <= _MAX_RETRIES:
            raise ValueError(f"retry count out of range: {retry_count}")
        # 3.11's fromisoformat takes any number of fraction digits only up to six.
        trimmed = re.sub(r"(\.\d{6})\d+", r"\1", entered_time)
        return cls(
            entered_at=datetime.fromisoformat(trimmed).astimezone(UTC), retry_count=retry_count
        )

    @property
    def key(self) -> str:
        """A text that sorts as attempts do, to be compared inside a condition expression."""
        return f"{self.entry}{self.retry_count:04d}"

    @property
    def entry(self) -> str:
        """What the keys of a state's attempts begin with: it sorts just before all of them."""
        micros = int(self.entered_at.timestamp() * 1_000_000)
        return f"{micros:020d}#"


NEVER = ""
"""The key that precedes every attempt: what a task carries before its first claim."""


def outside(key: str) -> str:
    """Return the key of whoever ends a task from outside: just after the attempt that had it.

    That attempt writes no more, while every later one is still newer than this.
    """
    return f"{key}!"


class OnOpenCircuit(StrEnum):
    """What a task does while its service's circuit is open."""

    WAIT = "wait"
    """Go on when the circuit lets calls pass again, at most until the task's deadline."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class StepInput:
    """What a step is invoked with: whose task, in which execution, as which attempt."""

    task_id: str
    execution_name: str
    attempt: Attempt
    on_open_circuit: OnOpenCircuit = OnOpenCircuit.WAIT

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "StepInput":
        """Read the state machine's payload. Raises KeyError, ValueError: the flow is not ours.

        Settle's has no command, and a task that was accepted earlier has no wish in it.
        """
        command = event.get("command", {})
        return cls(
            task_id=event["task_id"],
            execution_name=event["execution"],
            attempt=Attempt.parse(event["entered_at"], event["retry_count"]),
            on_open_circuit=OnOpenCircuit(command.get("on_open_circuit", OnOpenCircuit.WAIT)),
        )

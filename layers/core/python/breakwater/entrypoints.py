"""What a Lambda's handler calls: log context first, then one call into the product."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.adapters.logs import Logs
from breakwater.domain.progress import Directive

Answer = Callable[[dict[str, Any], Any, str], dict[str, Any]]
Work = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""Does what an event asks for, under the event's own id, and says what came of it."""
Step = Callable[[Mapping[str, Any], float], Directive]
"""Runs one, of the state machine's payload, with so many seconds left."""


Answered = Callable[[Mapping[str, Any], int, float], None]
"""Is told of each request, the status of its answer, and after how many seconds it came."""


def nothing() -> None:
    """Do nothing."""


def unheard(_event: Mapping[str, Any], _status: int, _seconds: float) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """The HTTPS API."""

    answer: Answer
    correlation_id_of: Callable[[Mapping[str, Any]], str]
    logs: Logs
    answered: Answered = unheard
    monotonic: Callable[[], float] = time.monotonic

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request; its correlation id is on every line and in the answer."""
        began = self.monotonic()
        correlation_id = self.correlation_id_of(event)
        self.logs.bind(context, correlation_id=correlation_id)
        answer = self.answer(event, context, correlation_id)
        self.answered(event, answer["statusCode"], self.monotonic() - began)
        return answer


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A function of a workflow."""

    step: Step
    logs: Logs
    flush: Callable[[], None] = nothing
    """Publishes what has been counted; called also when the step fails."""

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Run a step; its task and correlation id are on every line."""
        self.logs.bind(context, correlation_id=event["correlation_id"], task_id=event["task_id"])
        try:
            return self.step(event, context.get_remaining_time_in_millis() / 1000).to_json()
        finally:
            self.flush()


@dataclass(frozen=True, slots=True)
class UpkeepEntry:
    """What runs by itself: each minute, or on an event of AWS's."""

    work: Work
    logs: Logs
    flush: Callable[[], None] = nothing

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Do it once, under the event's own id."""
        correlation_id = str(event.get("id") or uuid.uuid4())  # invoked by hand it has none
        self.logs.bind(context, correlation_id=correlation_id)
        try:
            return dict(self.work(event, correlation_id))
        finally:
            self.flush()

"""What a Lambda's handler calls: log context first, then one call into the product."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.adapters.logs import Logs
from breakwater.domain.progress import Directive

Answer = Callable[[dict[str, Any], Any, str], dict[str, Any]]
Step = Callable[[Mapping[str, Any]], Directive]


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """The HTTPS API."""

    answer: Answer
    correlation_id_of: Callable[[Mapping[str, Any]], str]
    logs: Logs

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request; its correlation id is on every line and in the answer."""
        correlation_id = self.correlation_id_of(event)
        self.logs.bind(context, correlation_id=correlation_id)
        return self.answer(event, context, correlation_id)


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A function of a workflow."""

    step: Step
    logs: Logs

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Run a step; its task and correlation id are on every line."""
        self.logs.bind(context, correlation_id=event["correlation_id"], task_id=event["task_id"])
        return self.step(event).to_json()

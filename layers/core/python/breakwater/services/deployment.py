"""The deployment workflow's work: submit to a vendor, and ask it how far it is."""

from collections.abc import Callable, Mapping
from typing import Any

from breakwater.domain.attempts import StepInput
from breakwater.domain.errors import OutcomeUnknownError, ParkedError
from breakwater.domain.progress import (
    Absent,
    Directive,
    Found,
    Next,
    NotVisibleYet,
    Progress,
    Undecidable,
)
from breakwater.ports import Connector
from breakwater.services.changes import Changes, Wanted
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT, StepRunner

Connectors = Callable[[str], Connector]
"""Gives the connector of a service. Raises ConfigurationError."""


Event = Mapping[str, Any]
"""What the state machine invokes a step with; see StepInput."""


class Deployment:
    """The two states of the deployment workflow that speak with a vendor."""

    def __init__(
        self, *, runner: StepRunner, connectors: Connectors, changes: Changes | None = None
    ) -> None:
        """Bind to a runner and connectors; without `changes` no deployment is documented."""
        self._runner = runner
        self._connectors = connectors
        self._changes = changes

    def submit(
        self, event: Event, payload: Mapping[str, Any], seconds_left: float = NO_LIMIT
    ) -> Directive:
        """Carry the deployment out or start it, never twice, before the Lambda is stopped."""
        return self._runner(
            StepInput.from_event(event),
            Next.SUBMIT,
            lambda run: self._submit(run, payload, event.get("command", {}).get("change")),
            seconds_left=seconds_left,
        )

    def poll(
        self, event: Event, payload: Mapping[str, Any], seconds_left: float = NO_LIMIT
    ) -> Directive:
        """Ask the vendor how far it is, before the Lambda is stopped."""
        return self._runner(
            StepInput.from_event(event),
            Next.POLL,
            lambda run: self._follow_up(run, payload),
            seconds_left=seconds_left,
        )

    def _submit(self, run: StepRun, payload: Mapping[str, Any], change: Wanted | None) -> Progress:
        if change is not None and self._changes is not None:
            self._changes.open_soon(run, change)
        if run.task.intent is not None:
            self._resolve_intent(run, payload)
        if run.task.handle is not None:
            return self._follow_up(run, payload)
        return self._connectors(run.task.service).submit(run, payload)

    def _follow_up(self, run: StepRun, payload: Mapping[str, Any]) -> Progress:
        connector = self._connectors(run.task.service)
        return connector.poll(run, payload, run.task.handle or {})

    def _resolve_intent(self, run: StepRun, payload: Mapping[str, Any]) -> None:
        """Ask the vendor what became of an effect that an earlier attempt intended.

        Raises: ParkedError until it would be visible; OutcomeUnknownError where nobody can tell.
        """
        intent = run.task.intent or {}
        match self._connectors(run.task.service).find_effect(run, payload, intent):
            case Found(handle):
                run.happened(handle)
            case Absent():
                run.withdraw()
            case NotVisibleYet(until):
                raise ParkedError("an earlier effect may still show", until=until)
            case Undecidable(reason):
                raise OutcomeUnknownError(reason)

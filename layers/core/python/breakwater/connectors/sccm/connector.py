"""Deploy an application to a collection: look it up, see that no assignment is ours, post one.

An assignment carries its task's mark in its name, so a task finds its own again, and two tasks
never take each other's. What was posted shows only seconds later: nothing is posted a second time
before that.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.absence import absence
from breakwater.connectors.sccm.assignment import (
    Payload,
    Sought,
    all_have_reported,
    counts,
    fits,
    posted,
    sought_by,
)
from breakwater.connectors.sccm.provider import (
    SERVICE,
    AdminService,
    Application,
    error_in,
    number,
)
from breakwater.domain.errors import OutcomeUnknownError, PartialFailureError, PermanentError
from breakwater.domain.progress import (
    Absent,
    Done,
    Found,
    InProgress,
    Lookup,
    Progress,
    Undecidable,
)
from breakwater.ports import HttpResponse, Run

DELAY = timedelta(seconds=30)
"""What is left to the provider for the "seconds" until it shows what it has accepted."""

ASSIGNED = "assigned"
DOUBTED = "doubted"
"""Answered with an error under a 2xx: the provider may have failed after it had acted."""

Handle = Mapping[str, Any]


class SccmConnector:
    """ports.Connector for Configuration Manager."""

    def __init__(self, provider: AdminService) -> None:
        self._provider = provider

    def submit(self, run: Run, payload: Payload) -> Progress:
        """Assign the application, then follow it up where the payload asks for that."""
        application = self._provider.application(run, payload["application_name"])
        collection_name = self._provider.collection_name(run, payload["collection_id"])
        sought = sought_by(run.mark, payload, application)
        match self._existing(run, sought):
            case Found(handle):
                return self.poll(run, payload, handle)
            case Undecidable(reason):
                raise PermanentError(reason, service=SERVICE)
        handle = self._assign(run, payload, application, sought, collection_name)
        return self.poll(run, payload, handle)

    def find_effect(
        self,
        run: Run,
        payload: Payload,  # noqa: ARG002 - the intent says what was posted
        intent: Mapping[str, Any],
    ) -> Lookup:
        """Look for the assignment by its name, and for its absence once it would show."""
        return self._settled(run, intent, intent["at"])

    def poll(self, run: Run, payload: Payload, handle: Handle) -> Progress:
        """Report the assignment, or how its installation stands."""
        if handle["stage"] == DOUBTED:
            settled = self._settle_doubt(run, handle)
            if settled is None:
                return InProgress(handle)
            handle = settled
        assignment_id = int(handle["assignment_id"])
        result = {
            **{key: payload[key] for key in _TOLD},
            "assignment_id": assignment_id,
        }
        if not payload.get("await_installation"):
            return Done(result)
        summary = self._provider.summary(run, assignment_id)
        devices = counts(summary) if summary is not None else None
        if devices is None or not all_have_reported(devices):
            return InProgress(handle)
        result["devices"] = devices
        if devices["failed"]:
            result["failed_devices"] = self._failed_devices(run, assignment_id)
            raise PartialFailureError(
                f"the {payload['action']}ation failed on {devices['failed']} of "
                f"{devices['targeted']} devices",
                service=SERVICE,
                result=result,
            )
        return Done(result)

    def cancel(
        self,
        run: Run,  # noqa: ARG002
        payload: Payload,  # noqa: ARG002
        handle: Handle,  # noqa: ARG002 - devices act on an assignment by themselves
    ) -> bool:
        """Say that nothing can be stopped: devices may have got the assignment already."""
        return False

    def probe(self, run: Run) -> None:
        """Ask the provider for no more than it takes to know that it answers, us in particular."""
        self._provider.probe(run)

    def _assign(
        self,
        run: Run,
        payload: Payload,
        application: Application,
        sought: dict[str, str],
        collection_name: str,
    ) -> Handle:
        """Post the assignment and return its handle."""
        at = run.now()
        body = posted(
            payload,
            application,
            name=sought["assignment_name"],
            description=f"Correlation id {run.correlation_id}",
            collection_name=collection_name,
            now=at,
        )
        with run.effect("assign", **sought) as receipt:
            answer = self._provider.assign(run, body)
            receipt.handle = _handle_of(answer, sought, at)
        return receipt.handle

    def _existing(self, run: Run, sought: Sought) -> Found | Undecidable | None:
        """Return what is known of the task's own assignment; None where none shows."""
        rows = self._provider.assignments(run, sought["assignment_name"])
        if not rows:
            return None
        if len(rows) > 1 or not fits(rows[0], sought):
            return Undecidable(
                f"sccm has {len(rows)} assignments named {sought['assignment_name']}, "
                "not just the one that was asked for"
            )
        return Found(_assigned(number(rows[0], "AssignmentID")))

    def _settled(self, run: Run, sought: Sought, at: str) -> Lookup:
        """Return what is known of an assignment that may have been posted from `at` on."""
        asked_at = run.now()
        return self._existing(run, sought) or absence(
            datetime.fromisoformat(at), asked_at=asked_at, delay=DELAY
        )

    def _settle_doubt(self, run: Run, handle: Handle) -> Handle | None:
        """Return the handle of an assignment that stands for all that, None until it would show.

        Raises: PermanentError, with the redacted answer, where it was never made.
        """
        match self._settled(run, handle, handle["at"]):
            case Found(found):
                return found
            case Undecidable(reason):
                raise OutcomeUnknownError(reason)
            case Absent():
                raise _never_made(handle)
        return None

    def _failed_devices(self, run: Run, assignment_id: int) -> list[str]:
        """Return their names, or none where we may not read them: their number is known."""
        try:
            return self._provider.failed_devices(run, assignment_id)
        except PermanentError:
            return []


_TOLD = ("application_name", "collection_id", "purpose", "action")


def _assigned(assignment_id: int) -> Handle:
    return {"stage": ASSIGNED, "assignment_id": assignment_id}


def _handle_of(answer: HttpResponse, sought: Sought, at: datetime) -> Handle:
    """Return the handle of what was answered to a POST under a 2xx."""
    document, error = answer.json(), error_in(answer)
    found = document.get("AssignmentID") if isinstance(document, Mapping) else None
    if error is None and isinstance(found, int) and found > 0:
        return _assigned(found)
    return {
        "stage": DOUBTED,
        "at": at.isoformat(),
        "error": f"it answered with {error or 'no AssignmentID'}",
        "answer": answer.excerpt,
        **sought,
    }


def _never_made(handle: Handle) -> PermanentError:
    # Handles that have no "answer" yet have its unredacted words as their "error".
    why = f": {handle['error']}" if "answer" in handle else ""
    return PermanentError(
        f"sccm made no assignment{why}", service=SERVICE, response_body=handle.get("answer")
    )

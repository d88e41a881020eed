"""Deploy an app to a group: read its assignments, merge ours in, post the whole set, read again.

`assign` replaces the set, so two deployments of one app take turns by a lease on it, which is held
until the new assignment can be read back. An assignment is (group, intent): one for the same group
with another intent is left alone, and Graph's refusal of the pair, if it refuses it, is reported.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.absence import absence
from breakwater.connectors.intune.graph import SERVICE, Assignment, Graph
from breakwater.connectors.intune.report import summarize
from breakwater.connectors.words import plain
from breakwater.domain.errors import PartialFailureError, PermanentError, TransientError
from breakwater.domain.progress import Done, Found, InProgress, Lookup, Progress
from breakwater.ports import Run
from breakwater.services.runs import LEASE

REREADS = 5
REREAD_PAUSE_SECONDS = 1.0
"""How often, and how far apart, a posted assignment is looked for before it counts as lost."""

POSTED = "posted"
"""Graph took the assignment; it has not been read back yet."""
ASSIGNED = "assigned"
EXPORTING = "exporting"

Payload = Mapping[str, Any]


class IntuneConnector:
    """ports.Connector for Intune."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def submit(self, run: Run, payload: Payload) -> Progress:
        """Assign the app, then follow it up where the payload asks for that."""
        app_id = payload["app_id"]
        state = self._graph.publishing_state(run, app_id)
        if state != "published":
            raise PermanentError(
                f"the app cannot be assigned: its publishing state is {plain(state) or 'no word'}",
                service=SERVICE,
            )
        return self.poll(run, payload, self._ensure_assigned(run, payload))

    def find_effect(self, run: Run, payload: Payload, intent: Mapping[str, Any]) -> Lookup:
        """Look for the assignment itself, and for its absence when its lease is over.

        What was given up under the lease may still arrive. Reads follow writes at once.
        """
        asked_at = run.now()
        if _has(self._graph.assignments(run, payload["app_id"]), payload):
            return Found({"stage": ASSIGNED, "already_assigned": False})
        at = datetime.fromisoformat(intent["at"])
        return absence(at, asked_at=asked_at, sent_within=LEASE, delay=timedelta())

    def poll(self, run: Run, payload: Payload, handle: Mapping[str, Any]) -> Progress:
        """Report the assignment, or how its installation stands."""
        if handle["stage"] == POSTED:
            handle = {**self._ensure_assigned(run, payload), "already_assigned": False}
        result = {
            "app_id": payload["app_id"],
            "group_id": payload["group_id"],
            "intent": payload["intent"],
            "already_assigned": bool(handle.get("already_assigned")),
        }
        if not payload.get("await_installation"):
            return Done(result)
        if handle["stage"] == EXPORTING:
            job = self._graph.export(run, handle["job_id"])
            match job.get("status"):
                case "completed":
                    devices = self._devices(run, payload, job)
                    if devices["pending"] == 0 and len(devices) > 1:
                        return _finished({**result, "devices": devices})
                case "failed":
                    pass  # the report failed, not the installation: order another one
                case _:
                    return InProgress(handle)
        return self._next_report(run, payload, handle)

    def cancel(
        self,
        run: Run,  # noqa: ARG002
        payload: Payload,  # noqa: ARG002
        handle: Mapping[str, Any],  # noqa: ARG002 - an assignment is made at once
    ) -> bool:
        """Say that nothing can be stopped: devices may have installed the app already."""
        return False

    def probe(self, run: Run) -> None:
        """Ask Graph for no more than it takes to know that it answers, us in particular."""
        self._graph.probe(run)

    def _ensure_assigned(self, run: Run, payload: Payload) -> Mapping[str, Any]:
        """Return the handle of an assignment that can be read, made now or found."""
        app_id = payload["app_id"]
        with run.lease(f"{SERVICE}/{app_id}"):
            current = self._graph.assignments(run, app_id)
            already = _has(current, payload)
            if not already:
                details = {key: payload[key] for key in ("app_id", "group_id", "intent")}
                with run.effect("assign", **details) as receipt:
                    self._graph.assign(run, app_id, [*map(_writable, current), _ours(payload)])
                    receipt.handle = {"stage": POSTED}
                self._read_back(run, payload)
        return {"stage": ASSIGNED, "already_assigned": already}

    def _read_back(self, run: Run, payload: Payload) -> None:
        """Wait until the assignment shows: whoever gets the lease next must read it.

        Raises: TransientError; the next attempt then starts from what is there.
        """
        for _ in range(REREADS):
            if _has(self._graph.assignments(run, payload["app_id"]), payload):
                return
            run.pause(REREAD_PAUSE_SECONDS)
        raise TransientError("intune took the assignment and does not show it", service=SERVICE)

    def _next_report(self, run: Run, payload: Payload, handle: Mapping[str, Any]) -> InProgress:
        job_id = self._graph.start_export(run, payload["app_id"])
        return InProgress({**handle, "stage": EXPORTING, "job_id": job_id})

    def _devices(self, run: Run, payload: Payload, job: Mapping[str, Any]) -> dict[str, int]:
        return summarize(self._graph.download(run, job), intent=payload["intent"])


def _finished(result: dict[str, Any]) -> Done:
    """Return the end of an installation. Raises PartialFailureError where a device failed."""
    failed = result["devices"].get("failed", 0)
    if failed:
        raise PartialFailureError(
            f"the installation failed on {failed} devices", service=SERVICE, result=result
        )
    return Done(result)


def _has(assignments: list[Assignment], payload: Payload) -> bool:
    wanted = (payload["group_id"].lower(), payload["intent"])
    return any((_group(entry), entry.get("intent")) == wanted for entry in assignments)


def _group(assignment: Assignment) -> str | None:
    target = assignment.get("target") or {}
    # An exclusion names a group too, and is the opposite of an assignment to it.
    if target.get("@odata.type") != "#microsoft.graph.groupAssignmentTarget":
        return None
    # UNSURE: Graph may write an id in capitals; the same group in another case is the same group.
    return str(target.get("groupId")).lower()


def _ours(payload: Payload) -> Assignment:
    return {
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": payload["intent"],
        "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": payload["group_id"],
        },
        "settings": None,
    }


def _writable(assignment: Assignment) -> Assignment:
    """Return an assignment as `assign` takes it: what Graph adds on reading is left out."""
    kept = {key: assignment[key] for key in ("intent", "target", "settings") if key in assignment}
    return {"@odata.type": "#microsoft.graph.mobileAppAssignment", **kept}

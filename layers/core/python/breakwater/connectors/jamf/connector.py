"""Deploy a package: have Jamf Pro queue a command for each device.

A deployment is done when its commands are queued: devices carry them out when they come by.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.jamf.api import Entry, JamfPro
from breakwater.connectors.jamf.lookup import VISIBLE, attributed, in_doubt, resource, suspects
from breakwater.connectors.jamf.report import accepted, conclude, recognised, with_states
from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.domain.progress import Found, Lookup, NotVisibleYet, Progress, Undecidable
from breakwater.ports import Run

CONFLICT = 409

Payload = Mapping[str, Any]


class JamfConnector:
    """ports.Connector for Jamf Pro."""

    def __init__(self, jamf: JamfPro) -> None:
        self._jamf = jamf

    def submit(self, run: Run, payload: Payload) -> Progress:
        """Queue the commands; once more, after reading anew, where Jamf had lost a race."""
        try:
            return self._deploy(run, payload)
        except PermanentError as error:
            # An optimistic lock: what was asked for is undone, and may be asked for again.
            if error.status_code != CONFLICT:
                raise
        return self._deploy(run, payload)

    def find_effect(self, run: Run, payload: Payload, intent: Mapping[str, Any]) -> Lookup:
        """Look for the commands that an earlier attempt may have queued; lookup.py says how."""
        asked_at = run.now()
        since, until = map(datetime.fromisoformat, (intent["since"], intent["until"]))
        sent = suspects(self._jamf.commands(run, since, until), since, until)
        ours = attributed(sent, self._clients(run, payload, sent), payload.get("device_ids") or [])
        if ours:
            return Found(recognised(payload, ours))
        visible_at = datetime.fromisoformat(intent["at"]) + VISIBLE
        if asked_at < visible_at:
            return NotVisibleYet(visible_at)
        return Undecidable(in_doubt(sent, since))

    def poll(
        self,
        run: Run,
        payload: Payload,  # noqa: ARG002 - the handle says it all
        handle: Mapping[str, Any],
    ) -> Progress:
        """Report how far the commands are, if that can be read. Queued they are: it is the end."""
        try:
            states = self._jamf.states(run, [one["command_uuid"] for one in handle["commands"]])
        except (TransientError, PermanentError, CircuitBreakerOpenError):
            states = {}
        return conclude(with_states(dict(handle), states))

    def cancel(
        self,
        run: Run,  # noqa: ARG002
        payload: Payload,  # noqa: ARG002
        handle: Mapping[str, Any],  # noqa: ARG002
    ) -> bool:
        """Say that nothing can be stopped. UNSURE: no way to cancel is part of the contract."""
        return False

    def probe(self, run: Run) -> None:
        """Ask for a sign of life, which takes no login."""
        self._jamf.probe(run)

    def _deploy(self, run: Run, payload: Payload) -> Progress:
        with run.lease(resource(payload)):
            since = self._jamf.moment(run)
            until = since + timedelta(seconds=run.deadline.remaining)
            span = {"since": since.isoformat(), "until": until.isoformat()}
            with run.effect("deploy-package", **span) as receipt:
                report = accepted(payload, self._jamf.deploy_package(run, _request(payload)))
                receipt.handle = report
        return conclude(report)

    def _clients(self, run: Run, payload: Payload, sent: list[Entry]) -> dict[int, str]:
        device_ids = payload.get("device_ids") or []
        if len(sent) != len(device_ids):
            return {}
        try:
            return self._jamf.management_ids(run, device_ids)
        except PermanentError:
            # Deploying takes no right to read computers: without it, nothing is recognised.
            return {}


def _request(payload: Payload) -> dict[str, Any]:
    package = payload["package"]
    manifest = {
        "url": package["url"],
        "hash": package["hash"],
        "hashType": package["hash_type"],
        "bundleId": package["bundle_id"],
        "bundleVersion": package["bundle_version"],
        "title": package["title"],
        "sizeInBytes": package["size_bytes"],
    }
    group_id = payload.get("group_id")
    target = {"groupId": group_id} if group_id else {"devices": payload["device_ids"]}
    return {"manifest": manifest, **target}

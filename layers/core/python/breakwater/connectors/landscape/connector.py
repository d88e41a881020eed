"""Install packages or snaps: begin an activity, and follow it until its computers have reported."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from breakwater.connectors.landscape.api import Landscape
from breakwater.connectors.landscape.lookup import (
    APART,
    LISTED,
    VISIBLE,
    is_ours,
    resource,
    suspects,
)
from breakwater.connectors.landscape.report import conclude, has_ended
from breakwater.domain.progress import (
    Absent,
    Found,
    InProgress,
    Lookup,
    NotVisibleYet,
    Progress,
    Undecidable,
)
from breakwater.ports import Run

MOST_NAMED = 10
"""How many activities a human is pointed to."""

Payload = Mapping[str, Any]


class LandscapeConnector:
    """ports.Connector for Landscape."""

    def __init__(self, landscape: Landscape, *, api_user: str) -> None:
        """`api_user` is the email of the user whose access key this is, and nobody else's."""
        self._landscape = landscape
        self._api_user = api_user

    def submit(self, run: Run, payload: Payload) -> Progress:
        """Begin the activity. lookup.py says why what is there already is read before."""
        since, install = run.now(), self._installation(run, payload)
        with run.lease(resource(payload)):
            listed = self._landscape.created(run, since - APART, self._api_user)
            known = [str(one["id"]) for one in suspects(listed, payload, since=since)]
            with run.effect("install", since=since.isoformat(), known=",".join(known)) as receipt:
                handle = {"activity_id": install()}
                receipt.handle = handle
        return InProgress(handle)

    def find_effect(self, run: Run, payload: Payload, intent: Mapping[str, Any]) -> Lookup:
        """Look for the activity that an earlier attempt may have begun."""
        since = datetime.fromisoformat(intent["since"])
        start, known = since - LISTED, intent["known"].split(",")
        ours = self._landscape.created(run, start, self._api_user)
        found = suspects(ours, payload, since=since, known=known)
        if len(found) == 1 and is_ours(found[0], payload, since=since):
            return Found({"activity_id": str(found[0]["id"])})
        visible_at = datetime.fromisoformat(intent["at"]) + VISIBLE
        if run.now() < visible_at:
            return NotVisibleYet(visible_at)
        everybody_s = self._landscape.created(run, start)
        found = suspects(everybody_s, payload, since=since, known=known)
        if found:
            ids = ", ".join(str(one["id"]) for one in found[:MOST_NAMED])
            return Undecidable(f"any of these activities may be this deployment's: {ids}")
        return Absent()

    def poll(
        self,
        run: Run,
        payload: Payload,  # noqa: ARG002 - the activity says it all
        handle: Mapping[str, Any],
    ) -> Progress:
        """Report on the activity; its end is the deployment's."""
        activity = self._landscape.activity(run, handle["activity_id"])
        if not has_ended(activity):
            return InProgress(handle)
        children = self._landscape.children(run, handle["activity_id"])
        return conclude(activity, children) or InProgress(handle)

    def cancel(
        self,
        run: Run,  # noqa: ARG002
        payload: Payload,  # noqa: ARG002
        handle: Mapping[str, Any],  # noqa: ARG002
    ) -> bool:
        """Say that nothing can be stopped. UNSURE: no way to cancel is part of the contract."""
        return False

    def probe(self, run: Run) -> None:
        """Ask Landscape for no more than it takes to know that it answers, us in particular."""
        self._landscape.probe(run)

    def _installation(self, run: Run, payload: Payload) -> Callable[[], str]:
        """Return what begins the activity. What the payload lacks shows before the effect."""
        if "snaps" in payload:
            return partial(
                self._landscape.install_snaps,
                run,
                computer_ids=payload["computer_ids"],
                snaps=payload["snaps"],
            )
        after = payload.get("deliver_after")
        return partial(
            self._landscape.install_packages,
            run,
            query=payload["query"],
            packages=payload["packages"],
            deliver_after=datetime.fromisoformat(after).astimezone(UTC) if after else None,
            delay_minutes=payload.get("deliver_delay_window"),
        )

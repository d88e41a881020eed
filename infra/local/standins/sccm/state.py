"""What the stand-in remembers: applications, assignments, tokens, logins, recent requests."""

from asyncio import Transport
from collections import deque
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from infra.local.standins.sccm.models import APP_STATUS, AppSpec, Posted, Settings, Status
from infra.local.standins.sccm.ntlm import Challenge
from infra.local.standins.sccm.seeds import CATALOG
from infra.local.standins.state import VendorState

FIRST_ASSIGNMENT = 16777217


@dataclass
class App:
    """An application, and how often its progress was summarized."""

    spec: AppSpec
    summaries: int = 0

    def devices(self) -> tuple[Status, ...]:
        """Return the devices' states as the last summary showed them."""
        return self.spec.rollout[min(max(self.summaries, 1), len(self.spec.rollout)) - 1]


@dataclass(frozen=True)
class Assignment:
    """An assignment that was made."""

    id: int
    made_at: float
    app: App
    posted: Posted

    def entity(self, ids: str = "both") -> dict[str, Any]:
        """Return the assignment as the provider shows it."""
        shown = self.posted.model_dump(mode="json")
        if ids not in {"cis", "both"}:
            shown["AssignedCIs"] = None
        model = self.app.spec.model_id if ids in {"model", "both"} else None
        return {
            **shown,
            "AssignmentID": self.id,
            "AssignmentUniqueID": f"{{5C5C5C5C-0000-4000-8000-{self.id:012}}}",
            "AppModelID": model,
        }

    def summary(self) -> dict[str, Any]:
        """Return the numbers of its devices, by what a reader of this moment is told."""
        states = self.app.devices()
        return {
            "AssignmentID": self.id,
            "CollectionID": self.posted.TargetCollectionID,
            "NumberTargeted": len(states),
            "NumberSuccess": states.count("success"),
            "NumberInProgress": states.count("in_progress"),
            "NumberErrors": states.count("error"),
            "NumberUnknown": states.count("unknown"),
            "NumberOther": states.count("requirements_not_met"),
        }

    def details(self) -> list[dict[str, Any]]:
        """Return a row for each device."""
        return [
            {
                "AssignmentID": self.id,
                "MachineID": 16777300 + place,
                "MachineName": f"STANDIN-{place:03}",
                "AppStatusType": APP_STATUS[status],
            }
            for place, status in enumerate(self.app.devices(), start=1)
        ]


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "sccm"

    def restore(self) -> None:
        """Go back to the seeded catalog and the documented limits."""
        self.settings = Settings()
        self.assignments: list[Assignment] = []
        self.challenges: WeakKeyDictionary[Transport, Challenge] = WeakKeyDictionary()
        """What each connection was asked, until it answers."""
        self._recent: dict[str, deque[float]] = {}
        specs = [AppSpec.model_validate(seed, strict=False) for seed in CATALOG]
        self.apps = {spec.model_id: App(spec) for spec in specs}

    def change_app(self, change: AppSpec) -> App:
        """Create an application, or change what `change` sets of one that exists."""
        app = self.apps.get(change.model_id)
        if app is None:
            app = self.apps[change.model_id] = App(change)
        else:
            app.spec = app.spec.changed_by(change)
        return app

    def app_of(self, ci_id: int) -> App | None:
        """Return the application whose revision this is."""
        return next((app for app in self.apps.values() if ci_id in app.spec.revisions), None)

    def make(self, app: App, posted: Posted) -> Assignment:
        """Make an assignment, also a second one of the same name: the vendor makes it, too."""
        number = FIRST_ASSIGNMENT + len(self.assignments)
        made = Assignment(number, self.clock.now(), app, posted)
        self.assignments.append(made)
        self.count("assignments", "made", app.spec.name, posted.TargetCollectionID)
        return made

    def visible(self, lag: float) -> list[Assignment]:
        """Return the assignments that were made at least `lag` seconds ago."""
        now = self.clock.now()
        return [one for one in self.assignments if one.made_at + lag <= now]

    def overloaded_by(self, address: str) -> bool:
        """Count a request, and tell whether it is one too many for its client."""
        now, seen = self.clock.now(), self._recent.setdefault(address, deque())
        while seen and seen[0] <= now - 1.0:
            seen.popleft()
        seen.append(now)
        return len(seen) > self.settings.requests_per_second

"""What the stand-in remembers: its clock, tokens, computers, and activities with their children."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.standins.landscape.models import ComputerSpec, Settings
from infra.local.standins.landscape.seeds import API_USER, COMPUTERS, PACKAGES
from infra.local.standins.state import VendorState


@dataclass
class Activity:
    """An activity; a parent's `reads` move it and its children on."""

    id: int
    summary: str | None
    creator: str
    created: datetime
    shows_at: float
    delay_minutes: int = 0
    computer: ComputerSpec | None = None
    parent: "Activity | None" = None
    children: list["Activity"] = field(default_factory=list)
    reads: int = 0


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "landscape"

    def restore(self) -> None:
        """Go back to the seeded computers."""
        self.computers = {
            spec.id: spec
            for spec in (ComputerSpec.model_validate(seed, strict=False) for seed in COMPUTERS)
        }
        self.packages = set(PACKAGES)
        self.activities: dict[int, Activity] = {}
        self._last_id = 200
        self.settings = Settings()

    def begin(
        self,
        summary: str | None,
        computers: Sequence[ComputerSpec],
        *,
        creator: str = API_USER,
        delay_minutes: int = 0,
    ) -> Activity:
        """Begin an activity with a child for each computer."""
        parent = self._add(summary, creator)
        parent.delay_minutes = delay_minutes
        for computer in computers:
            child = self._add(summary, creator)
            child.computer, child.parent = computer, parent
            parent.children.append(child)
        return parent

    def visible(self) -> list[Activity]:
        """Return the activities that lists show by now, oldest first."""
        now = self.clock.now()
        return [one for one in self.activities.values() if one.shows_at <= now]

    def status_of(self, activity: Activity) -> str:
        """Return where an activity stands, after as many reads as its parent has had."""
        settings, parent = self.settings, activity.parent or activity
        reads, steps = parent.reads, len(settings.progress)
        if activity.parent is not None and parent.children.index(activity) < settings.late_children:
            reads -= 1
        if reads <= steps or not settings.ends:
            return settings.progress[max(0, min(reads, steps) - 1)] if steps else "delivered"
        if activity.computer is not None:
            return activity.computer.outcome
        if settings.parent_outcome is not None:
            return settings.parent_outcome
        # UNSURE: that one failed child makes a parent fail is a guess; a client reads them all.
        outcomes = {child.computer.outcome for child in activity.children if child.computer}
        return next((one for one in ("failed", "canceled") if one in outcomes), "succeeded")

    def view(self, activity: Activity) -> dict[str, Any]:
        """Return an activity as Landscape shows it."""
        status, computer = self.status_of(activity), activity.computer
        ended = status in ("succeeded", "failed", "canceled")
        return {
            "id": activity.id,
            "creation_time": activity.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creator": {"name": "Stand-in", "email": activity.creator, "id": 1},
            "type": "ActivityGroup" if computer is None else "ChangePackagesRequest",
            "summary": activity.summary,
            "parent_id": activity.parent.id if activity.parent else None,
            "computer_id": computer.id if computer else None,
            "deliver_delay_window": activity.delay_minutes,
            "activity_status": status,
            "result_code": computer.result_code if computer and ended else None,
            "result_text": computer.result_text if computer and ended else None,
        }

    def _add(self, summary: str | None, creator: str) -> Activity:
        self._last_id += 1
        shows_at = self.clock.now() + self.settings.visibility_lag_seconds
        activity = Activity(self._last_id, summary, creator, self.wall.now(), shows_at)
        self.activities[activity.id] = activity
        return activity

"""What the stand-in remembers: apps with their assignments, tokens, recent writes, export jobs."""

import math
import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from infra.local.standins.intune.models import AppSpec, PostedAssignment, Settings
from infra.local.standins.intune.seeds import CATALOG
from infra.local.standins.state import VendorState


@dataclass(frozen=True)
class Assignment:
    """An assignment that an app has."""

    id: str
    posted: PostedAssignment

    def view(self) -> dict[str, Any]:
        """Return the assignment as Graph lists it: without its own type, with its target's."""
        shown = self.posted.model_dump(by_alias=True, exclude_unset=True, exclude={"odata_type"})
        return {"id": self.id, "settings": None, **shown}


class App:
    """An app: its scripted behaviour, and every version of its assignments still to be seen."""

    def __init__(self, spec: AppSpec) -> None:
        self.spec = spec
        self.reports = 0
        self._versions: list[tuple[float, tuple[Assignment, ...]]] = [(-math.inf, ())]

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """Return the assignments as they are, whatever is visible yet."""
        return self._versions[-1][1]

    def visible(self, now: float) -> tuple[Assignment, ...]:
        """Return the assignments as a read shows them: the newest version older than the lag."""
        seen = now - self.spec.visibility_lag_seconds
        while len(self._versions) > 1 and self._versions[1][0] <= seen:
            del self._versions[0]
        return self._versions[0][1]

    def put(self, assignments: tuple[Assignment, ...], now: float) -> None:
        """Set the whole set of assignments."""
        self.visible(now)  # drops the versions that nobody can see any more
        self._versions.append((now, assignments))

    def seed(self, posted: tuple[PostedAssignment, ...]) -> None:
        """Set the whole set of assignments as if it had always been so."""
        self._versions = [(-math.inf, tuple(Assignment(str(uuid.uuid4()), one) for one in posted))]

    def next_report(self) -> tuple[str, ...]:
        """Return the devices' states for one more report."""
        row = self.spec.rollout[min(self.reports, len(self.spec.rollout) - 1)]
        self.reports += 1
        return row

    def view(self) -> dict[str, Any]:
        """Return the truth about the app, for the control routes."""
        shown = self.spec.model_dump(by_alias=True, mode="json", exclude={"assignments"})
        return {**shown, "assignments": [one.view() for one in self.assignments]}


@dataclass
class Job:
    """An export job: whose report, what it says, and how many reads it still takes."""

    id: str
    app_id: str
    states: tuple[str, ...]
    outcome: str
    pending_reads: int
    signature: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    reads: int = 0

    @property
    def status(self) -> str:
        """Return what a reader is told."""
        if self.reads > self.pending_reads:
            return self.outcome
        waiting_reads = 1 if self.pending_reads > 1 else 0
        return "notStarted" if self.reads <= waiting_reads else "inProgress"


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "intune"

    def restore(self) -> None:
        """Go back to the seeded catalog and the documented limits."""
        self.settings = Settings()
        self.apps: dict[str, App] = {}
        self.jobs: dict[str, Job] = {}
        self._writes: deque[float] = deque()
        for seed in CATALOG:
            spec = AppSpec.model_validate(seed, strict=False)
            self.apps[spec.id] = App(spec)

    def change_app(self, change: AppSpec) -> App:
        """Create an app, or change what `change` sets of one that exists."""
        app = self.apps.get(change.id)
        if app is None:
            app = self.apps[change.id] = App(change)
        else:
            app.spec = app.spec.changed_by(change)
        if "assignments" in change.model_fields_set:
            app.seed(change.assignments)
        if "rollout" in change.model_fields_set:
            app.reports = 0
        return app

    def throttle_write(self) -> int | None:
        """Count a write; return the seconds to wait if it is one too many, else None.

        Refused writes count as well, as the vendor's do: whoever retries early waits longer.
        There is one tenant and one client here, so one window is "per app and tenant".
        """
        now, limit = self.clock.now(), self.settings.writes_per_window
        while self._writes and self._writes[0] <= now - self.settings.window_seconds:
            self._writes.popleft()
        self._writes.append(now)
        if len(self._writes) <= limit:
            return None
        return max(1, math.ceil(self._writes[-limit] + self.settings.window_seconds - now))

    def assign(self, app: App, posted: tuple[PostedAssignment, ...]) -> None:
        """Replace an app's assignments, keeping the ids of those that stay; count what changed."""
        before = {one.posted.key: one.id for one in app.assignments}
        after = {one.key for one in posted}
        for key in after - before.keys():
            self.count("assign", "added", app.spec.id, *key)
        for key in before.keys() - after:
            self.count("assign", "removed", app.spec.id, *key)
        self.count("assign", "posts", app.spec.id)
        kept = (Assignment(before.get(one.key) or str(uuid.uuid4()), one) for one in posted)
        app.put(tuple(kept), self.clock.now())

    def add_assignment(self, app: App, posted: PostedAssignment) -> Assignment:
        """Add one assignment, even where the same one exists: the vendor duplicates it, too."""
        added = Assignment(str(uuid.uuid4()), posted)
        self.count("assign", "added", app.spec.id, *posted.key)
        self.count("assignments", "posts", app.spec.id)
        app.put((*app.assignments, added), self.clock.now())
        return added

    def start_job(self, app: App) -> Job:
        """Start an export job for an app's next report."""
        spec = app.spec
        name = f"DeviceInstallStatusByApp_{uuid.uuid4()}"
        job = Job(name, spec.id, app.next_report(), spec.export_outcome, spec.export_reads)
        self.jobs[job.id] = job
        self.count("export", "jobs", spec.id)
        return job

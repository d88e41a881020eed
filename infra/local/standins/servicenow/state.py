"""What the stand-in remembers: rows, tokens, the hour's requests, and what time it is there."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from infra.local.standins.servicenow.models import COLUMNS, Scripted, Settings, Written
from infra.local.standins.servicenow.seeds import CATALOG
from infra.local.standins.state import VendorState

FORM = "%Y-%m-%d %H:%M:%S"


@dataclass
class Change:
    """A change request, and what a client cannot read of it."""

    fields: dict[str, str]
    hidden: bool = False
    masked: Sequence[str] = ()
    appears_at: float = -math.inf
    notes: list[str] = field(default_factory=list)


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "servicenow"

    def restore(self) -> None:
        """Go back to the seeded rows and the documented limits."""
        self.settings = Settings()
        self.changes: dict[str, Change] = {}
        self.touched: str | None = None
        self._hour: tuple[datetime, int] = (datetime.min.replace(tzinfo=UTC), 0)
        self._number = 30_000
        for seed in CATALOG:
            self.changes[seed["sys_id"]] = Change(dict(seed))

    def stamp(self) -> str:
        """Return the vendor's time as its columns hold it."""
        return self.wall.now().strftime(FORM)

    def throttle(self) -> datetime | None:
        """Count a request; return when the next hour begins if it is one too many, else None."""
        hour = self.wall.now().replace(minute=0, second=0, microsecond=0)
        since, count = self._hour
        self._hour = (hour, count + 1 if since == hour else 1)
        too_many = self._hour[1] > self.settings.requests_per_hour
        return hour + timedelta(hours=1) if too_many else None

    def readable(self) -> dict[str, Change]:
        """Return the rows whose transactions are over, hidden ones included."""
        now = self.clock.now()
        return {key: one for key, one in self.changes.items() if one.appears_at <= now}

    def create(self, written: Written) -> Change:
        """Create a row, whatever others there are."""
        self._number += 1
        now = self.stamp()
        fields = {"sys_id": uuid.uuid4().hex, "number": f"CHG00{self._number}", "state": "-5"}
        fields |= {"type": "normal", "sys_created_on": now, "sys_updated_on": now}
        change = Change(fields, appears_at=self.clock.now() + self.settings.commit_lag_seconds)
        self._write(change, written)
        self.changes[fields["sys_id"]] = change
        self.count("opened", written.correlation_id or "without")
        return change

    def update(self, change: Change, written: Written) -> None:
        """Change a row."""
        self._write(change, written)
        change.fields["sys_updated_on"] = self.stamp()

    def put(self, script: Scripted) -> None:
        """Put a row there, or change what a script says of one."""
        change = self.changes.setdefault(script.sys_id, Change({"sys_id": script.sys_id}))
        change.fields |= {name: text for name, text in script.fields.items() if name in COLUMNS}
        change.hidden, change.masked = script.hidden, script.masked
        change.appears_at = self.clock.now() + script.appears_in_seconds

    def touch(self) -> None:
        """Update the row that was to be updated in the middle of a list, if there is one."""
        if self.touched is not None:
            self.changes[self.touched].fields["sys_updated_on"] = self.stamp()
            self.touched = None

    def _write(self, change: Change, written: Written) -> None:
        given = written.model_dump(exclude_none=True, exclude={"work_notes"})
        change.fields |= given
        if written.work_notes:
            change.notes.append(written.work_notes)
            self.count("notes", change.fields.get("number", ""))

"""An in-memory system of record, where changes are opened and told how they have ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.changes import Change
from breakwater.domain.progress import Absent, Found, Lookup, NotVisibleYet, Undecidable
from breakwater.domain.records import Page, Since
from breakwater.ports import Run


@dataclass
class MemoryDesk:
    """ports.Integration for changes. `opened` and `notes` are what stands there.

    `before` and `after` run around each effect and may raise: before it has happened, or after it
    has, with the answer lost. A change shows in look-ups `lag` after it was opened.
    """

    now: Callable[[], datetime]
    lag: timedelta = timedelta(0)
    can_tell: bool = True
    opened: list[tuple[Change, datetime]] = field(default_factory=list)
    notes: list[tuple[str, bool]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    seconds_left: list[float] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None

    def open_change(self, run: Run, change: Change) -> Mapping[str, Any]:
        self._call("open", run)
        self.opened.append((change, self.now()))
        self.after("open")
        return self._handle(len(self.opened))

    def find_change(self, run: Run, change: Change, *, tried_at: datetime) -> Lookup:
        self._call("find", run)
        if not self.can_tell:
            return Undecidable("the system cannot be searched")
        for number, (standing, at) in enumerate(self.opened, 1):
            shows = at + self.lag <= self.now()
            if standing.mark == change.mark and shows:
                return Found(self._handle(number))
        # A request that was under way when its sender died may still arrive within a minute.
        visible_at = tried_at + self.lag + timedelta(minutes=1)
        return Absent() if visible_at <= self.now() else NotVisibleYet(visible_at)

    def update_change(
        self, run: Run, change: Change, handle: Mapping[str, Any], *, note: str, succeeded: bool
    ) -> None:
        self._call("update", run)
        assert handle["key"] == "CHG1"
        if (note, succeeded) not in self.notes:
            self.notes.append((note, succeeded))
        self.after("update")

    def pull(self, run: Run, since: Since) -> Page:
        raise AssertionError("no deployment pulls")

    def probe(self, run: Run) -> None:
        return None

    def _call(self, name: str, run: Run) -> None:
        self.calls.append(name)
        self.seconds_left.append(run.deadline.remaining)
        self.before(name)

    def _handle(self, number: int) -> dict[str, str]:
        return {"id": f"id-{number}", "key": f"CHG{number}", "url": f"https://desk/{number}"}

"""Jira's stand-in, the integration in an environment of its own, and a caller that pulls."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.jira.build import build
from breakwater.domain.changes import Change
from breakwater.domain.records import Page, Record, Since
from breakwater.ports import Integration
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.services.upkeep import ProbeRun
from tests.contract.connectors.vendor import Vendor, VendorClock
from tests.contract.connectors.world import a_client
from tests.fakes.configuration import FixedConfiguration

TASK = "5a5a5a5a-0000-4000-8000-00000000aaaa"
MARK = f"{TASK}-00199a5e0c0a3c21"
CHANGE = Change(
    system="jira",
    summary="Install Editor 3 on laptops",
    task_id=TASK,
    mark=MARK,
    description="Connector: intune\n\nGroup: laptops",
    project="OPS",
)
LABEL = f"breakwater-{MARK}"


class Jira(Vendor):
    """The stand-in's issues and limits."""

    name = "jira"

    def limits(self, **limits: Any) -> None:
        self.tell("/settings", limits)

    def set_time(self, now: datetime) -> None:
        self.limits(now=now.isoformat())

    def seed(self, *moments: datetime, **spec: Any) -> list[str]:
        """Put an issue there for each moment it was last updated at; return their ids."""
        issues = [{"updated": moment.isoformat(), **spec} for moment in moments]
        ids: list[str] = self.tell("/issues", {"issues": issues})["ids"]
        return ids

    def touch(self, issue_id: str, **changes: Any) -> None:
        """Let somebody save an issue now."""
        self.tell("/touch", {"id": issue_id, **changes})

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def issues(self) -> list[dict[str, Any]]:
        """Return every issue as it is, indexed or not."""
        found: list[dict[str, Any]] = self.look("/issues")["issues"]
        return found

    def truth(self) -> dict[str, datetime]:
        """Return when each issue was last updated, by id."""
        return {
            issue["id"]: datetime.fromisoformat(issue["fields"]["updated"])
            for issue in self.issues()
        }

    def searches(self) -> int:
        return len(self.requests("POST", "/search/jql"))


class Desk:
    """Everything real but AWS. Its run refuses what an integration must not do: effects, leases."""

    def __init__(self, vendor: Jira, clock: VendorClock, stack: ExitStack) -> None:
        self.vendor = vendor
        self.clock = clock
        self.source = FixedConfiguration(dict(vendor.settings), dict(vendor.secret), "jira")
        self._stack = stack
        self.jira = self.environment()

    def environment(self, guards: Guards | None = None) -> Integration:
        """Return the integration as another Lambda environment holds it."""
        http = self._stack.enter_context(a_client(self.clock, guards=guards))
        return build(self.source, http, self.clock)

    def configure(self, **settings: Any) -> None:
        self.source.settings_ = {**self.source.settings_, **settings}
        self.jira = self.environment()

    def run(self, seconds: float = 300) -> ProbeRun:
        deadline = Deadline.after(seconds, self.clock.monotonic)
        return ProbeRun("corr-1", deadline, self.clock, mark=MARK)

    def ago(self, **time: float) -> datetime:
        return self.clock.now() - timedelta(**time)


@dataclass
class Sync:
    """A caller that keeps what it pulled, and where to go on: what is stored survives a crash."""

    desk: Desk
    kept: dict[str, Record] = field(default_factory=dict)
    watermark: datetime | None = None
    cursor: Any = None
    pages: list[Page] = field(default_factory=list)

    def turn(self) -> bool:
        """Pull one page and keep it; say whether there is more."""
        page = self.desk.jira.pull(
            self.desk.run(), Since(watermark=self.watermark, cursor=self.cursor)
        )
        self.pages.append(page)
        keys = [(record.updated_at, record.key) for record in page.records]
        assert keys == sorted(keys)
        for record in page.records:
            json.dumps(record.data)
            known = self.kept.get(record.key)
            if known is None or known.updated_at <= record.updated_at:
                self.kept[record.key] = record
        self.cursor = json.loads(json.dumps(page.cursor))
        if self.cursor is None and self.kept:
            self.watermark = max(record.updated_at for record in self.kept.values())
        return self.cursor is not None

    def turns(self, most: int = 60) -> Iterator[int]:
        """Pull page after page, to the end, with time for the test between two of them."""
        for number in range(most):
            more = self.turn()
            yield number
            if not more:
                return
        raise AssertionError("no end in sight")

    def all(self) -> "Sync":
        for _ in self.turns():
            pass
        return self

    @property
    def known(self) -> dict[str, datetime]:
        """Return when each kept issue was last updated, as far as is known."""
        return {key: record.updated_at for key, record in self.kept.items()}


HANDLE = {"id": "10000", "key": "OPS-1", "url": "https://jira.example/browse/OPS-1"}
CALLS: dict[str, Callable[[Desk], Any]] = {
    "pull": lambda desk: desk.jira.pull(desk.run(), Since()),
    "find": lambda desk: desk.jira.find_change(desk.run(), CHANGE, tried_at=desk.clock.now()),
    "open": lambda desk: desk.jira.open_change(desk.run(), CHANGE),
    "update": lambda desk: desk.jira.update_change(
        desk.run(), CHANGE, HANDLE, note="done", succeeded=True
    ),
    "probe": lambda desk: desk.jira.probe(desk.run()),
}

"""Everything real but AWS: the integration, the HTTP client, and ServiceNow's stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.servicenow.build import build
from breakwater.domain.changes import Change
from breakwater.domain.progress import Lookup
from breakwater.domain.records import Page, Record, Since
from breakwater.ports import HttpClient, Integration
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from tests.contract.connectors.servicenow.vendor import ServiceNow
from tests.contract.connectors.vendor import VendorClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import a_task

ENDLESS = 300
"""Pages that no pull here needs."""


@dataclass
class World:
    """One Lambda environment after another, each with an integration of its own."""

    vendor: ServiceNow
    http: HttpClient
    clock: VendorClock
    secret: dict[str, str]

    def integration(self) -> Integration:
        """Return the integration as a new environment holds it."""
        source = FixedConfiguration(self.vendor.settings, self.secret, service="servicenow")
        return build(source, self.http, self.clock)

    def run(self, seconds: float = 300) -> StepRun:
        """Return a step's run."""
        return StepRun(
            a_task(now=self.clock.now(), service="servicenow"),
            executions=MemoryExecutionStore(),
            leases=MemoryLeaseStore(),
            clock=self.clock,
            deadline=Deadline.after(seconds, self.clock.monotonic),
        )

    def page(self, since: Since) -> Page:
        return self.integration().pull(self.run(), since)

    def pages(self, since: Since | None = None) -> Iterator[Page]:
        """Pull from where `since` says to the end, with one environment."""
        integration, since = self.integration(), since or Since()
        for _ in range(ENDLESS):
            page = integration.pull(self.run(), since)
            yield page
            if page.cursor is None:
                return
            since = Since(watermark=since.watermark, cursor=page.cursor)
        raise AssertionError("the pull does not end")

    def pull(self, since: Since | None = None) -> list[Record]:
        return [record for page in self.pages(since) for record in page.records]

    def open(self, change: Change) -> dict[str, Any]:
        return dict(self.integration().open_change(self.run(), change))

    def find(self, change: Change, *, tried_at: datetime) -> Lookup:
        return self.integration().find_change(self.run(), change, tried_at=tried_at)

    def long_ago(self) -> datetime:
        return self.clock.now() - timedelta(hours=1)


def a_change(task_id: str = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001") -> Change:
    """Return a change as the service hands it over."""
    return Change(
        system="servicenow",
        summary="Deploy the VPN client",
        task_id=task_id,
        mark=f"{task_id}-00199a5e0c0a3c21",
        description="Breakwater deploys app 1 to group 2.",
    )

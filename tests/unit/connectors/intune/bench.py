"""What a connector is tested on: a claimed task's run, and Graph with one app, in memory."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.connectors.intune.build import build
from breakwater.connectors.intune.connector import IntuneConnector
from breakwater.ports import HttpClient, HttpOptions, HttpResponse
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import PaperHttp, Sent, ok
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import a_task, attempt

APP = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
GROUP = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0099"
OTHER = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0098"
BASE = "https://graph.test"
LOGIN = "https://login.test/tenant-1/oauth2/v2.0/token"
SECRET = {"client_id": "client-1", "client_secret": "hush-hush"}
SETTINGS = {
    "graph_url": BASE,
    "login_url": "https://login.test/",
    "tenant": "tenant-1",
    "download_hosts": [".blob.test", "reports.test"],
}


@dataclass
class Bench:
    """The stores and the clock around a run."""

    clock: FakeClock = field(default_factory=FakeClock)
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    leases: MemoryLeaseStore = field(default_factory=MemoryLeaseStore)

    def run(self) -> StepRun:
        """Return the run of a new task, claimed."""
        now = self.clock.now()
        task = self.executions.create(a_task(now=now), now=now)
        claimed = self.executions.claim(
            task.task_id,
            execution_name=task.execution_name,
            attempt=attempt(at=now),
            now=now,
            due_at=now + timedelta(seconds=360),
        )
        return StepRun(
            claimed,
            executions=self.executions,
            leases=self.leases,
            clock=self.clock,
            deadline=Deadline.after(300, self.clock.monotonic),
        )

    def connector(self, http: HttpClient) -> IntuneConnector:
        """Return the connector as it is built in production."""
        return build(FixedConfiguration(SETTINGS, SECRET), http, self.clock)


def a_payload(**changes: Any) -> dict[str, Any]:
    """Return a payload as validation leaves it."""
    return {
        "app_id": APP,
        "group_id": GROUP,
        "intent": "required",
        "await_installation": False,
        **changes,
    }


def an_assignment(group: str = OTHER, intent: str = "required", **changes: Any) -> dict[str, Any]:
    """Return an assignment as Graph lists it."""
    return {
        "id": f"{group}_0_0",
        "intent": intent,
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group},
        "settings": None,
        **changes,
    }


class GraphTwin(PaperHttp):
    """Graph with one app, behind ports.HttpClient.

    `before` and `after` hold, by the name of a call, what it fails with before or after it has
    acted; `lag` is how many reads still show the set before the last `assign`. `reports` holds, for
    each export, the statuses that its reads show and the devices' states.
    """

    def __init__(self, *assignments: Mapping[str, Any], state: str = "published") -> None:
        super().__init__()
        self.assignments: list[dict[str, Any]] = [dict(one) for one in assignments]
        self.state = state
        self.lag = 0
        self.before: dict[str, list[Exception]] = defaultdict(list)
        self.after: dict[str, list[Exception]] = defaultdict(list)
        self.reports: list[tuple[list[str], list[str]]] = []
        self.posted: list[list[dict[str, Any]]] = []
        self.calls: list[str] = []
        self._shown = self.assignments
        self._stale_reads = 0

    def answer(self, sent: Sent) -> HttpResponse:
        name = _name(sent.method, sent.url)
        self.calls.append(name)
        if self.before[name]:
            raise self.before[name].pop(0)
        answer = self._acted(name, sent.options)
        if self.after[name]:
            raise self.after[name].pop(0)
        return answer

    def _acted(self, name: str, options: HttpOptions) -> HttpResponse:
        match name:
            case "login":
                return ok({"access_token": "token-1", "expires_in": 3599})
            case "app":
                return ok({"id": APP, "publishingState": self.state})
            case "read":
                return ok({"value": self._visible()})
            case "assign":
                self._assign(options["json_body"]["mobileAppAssignments"])
                return ok(status=204)
            case "order":
                return ok({"id": "job-1", "status": "notStarted"}, 201)
            case "export":
                return ok({"id": "job-1", **self._progress()})
        return ok(("AppInstallState\n" + "\n".join(self.reports.pop(0)[1])).encode())

    def _visible(self) -> list[dict[str, Any]]:
        if self._stale_reads == 0:
            self._shown = self.assignments
        self._stale_reads = max(0, self._stale_reads - 1)
        return self._shown

    def _assign(self, posted: list[dict[str, Any]]) -> None:
        self.posted.append(json.loads(json.dumps(posted)))
        self._shown, self._stale_reads = self.assignments, self.lag
        self.assignments = [
            {"id": f"new_{number}", **{k: v for k, v in one.items() if k != "@odata.type"}}
            for number, one in enumerate(posted)
        ]

    def _progress(self) -> dict[str, Any]:
        statuses = self.reports[0][0]
        status = statuses.pop(0)
        if status == "completed":
            return {"status": status, "url": "https://a.blob.test/report?sig=s"}
        if not statuses:
            self.reports.pop(0)
        return {"status": status, "url": None}


def _name(method: str, url: str) -> str:
    last = url.rpartition("/")[2]
    if url == LOGIN:
        return "login"
    if not url.startswith(BASE):
        return "download"
    if method == "POST":
        return "assign" if last == "assign" else "order"
    return {"assignments": "read", APP: "app"}.get(last, "export")

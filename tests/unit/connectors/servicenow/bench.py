"""What the integration is tested on: a run, scripted answers, and a table in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from breakwater.connectors.servicenow.build import build
from breakwater.connectors.servicenow.connector import ServiceNowIntegration
from breakwater.ports import HttpClient, HttpResponse
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from infra.local.standins.servicenow.query import parse_query
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import Answer, PaperHttp, ScriptedHttp, Sent, ok
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import a_task

BASE = "https://instance.test"
TABLE = f"{BASE}/api/now/table"
SETTINGS: Mapping[str, Any] = {"instance_url": f"{BASE}/"}
SECRET = {"username": "user-1", "password": "hush-hush"}
FORM = "%Y-%m-%d %H:%M:%S"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JSON = "application/json;charset=UTF-8"


def sys_id(number: int) -> str:
    return f"{number:032x}"


def answer(body: Any, status: int = 200, kind: str = JSON) -> HttpResponse:
    """Return a 2xx answer of a media type."""
    return replace(ok(body, status), headers={"content-type": kind})


def rows(*found: Any) -> HttpResponse:
    """Return the answer that holds rows."""
    return answer({"result": list(found)})


def a_row(number: int, at: str = "2025-12-01 00:00:00", **fields: Any) -> dict[str, Any]:
    return {"sys_id": sys_id(number), "number": f"CHG{number}", "sys_updated_on": at, **fields}


def a_run(clock: FakeClock) -> StepRun:
    return StepRun(
        a_task(now=clock.now(), service="servicenow"),
        executions=MemoryExecutionStore(),
        leases=MemoryLeaseStore(),
        clock=clock,
        deadline=Deadline.after(300, clock.monotonic),
    )


def an_integration(http: HttpClient, clock: FakeClock, **settings: Any) -> ServiceNowIntegration:
    """Return the integration as it is built in production."""
    source = FixedConfiguration({**SETTINGS, **settings}, SECRET, service="servicenow")
    return build(source, http, clock)


class Subject:
    """The integration on paper, and a run for it."""

    def __init__(self, *answers: Answer, **settings: Any) -> None:
        self.clock = FakeClock(NOON)
        self.http = ScriptedHttp(*answers)
        self.run = a_run(self.clock)
        self.integration = an_integration(self.http, self.clock, **settings)

    def params(self, request: int = 0) -> Mapping[str, str]:
        return self.http.sent[request].options.get("params", {})


class TableTwin(PaperHttp):
    """A table behind ports.HttpClient: hidden rows count for the limit, as at the vendor."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, str]] = {}
        self.hidden: set[str] = set()

    def answer(self, sent: Sent) -> HttpResponse:
        params = sent.options["params"]
        offset, limit = int(params.get("sysparm_offset", "0")), int(params["sysparm_limit"])
        query = parse_query(params["sysparm_query"], ("sys_id", "sys_updated_on"))
        chosen = query.run(self.rows.values())[offset : offset + limit]
        return rows(*(row for row in chosen if row["sys_id"] not in self.hidden))

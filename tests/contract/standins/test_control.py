import asyncio
import socket
import time
from typing import Any

import httpx
import pytest

from infra.local.standins import intune
from infra.local.standins.app import assemble
from infra.local.standins.ledger import KEPT_REQUESTS, Journal
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import APPS, Control, Graph, assignment, get

NO_PASS = {"kind": "status", "status": 503}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({}, "tag"),
        ({"kind": "flood"}, "flood"),
        ({"kind": "status"}, "status.status"),
        ({"kind": "status", "status": 99}, "status.status"),
        ({"kind": "status", "status": "503"}, "status.status"),
        ({**NO_PASS, "retry_after": "1\r\nx: y"}, "status.retry_after"),
        ({**NO_PASS, "count": 0}, "status.count"),
        ({**NO_PASS, "when": "during"}, "status.when"),
        ({**NO_PASS, "match": {"method": "post"}}, "status.match.method"),
        ({**NO_PASS, "match": {"path": ""}}, "status.match.path"),
        ({**NO_PASS, "match": {"host": "x"}}, "status.match.host"),
        ({"kind": "delay", "seconds": 0}, "delay.seconds"),
        ({"kind": "trickle"}, "trickle.interval_seconds"),
        ({"kind": "malformed", "style": "odd"}, "malformed.style"),
        ({"kind": "truncated", "missing_bytes": 0}, "truncated.missing_bytes"),
        ({"kind": "reset", "seconds": 1}, "reset.seconds"),
    ],
)
def test__arm__invalid__refused_with_reason(
    control: Control, fault: dict[str, Any], reason: str
) -> None:
    answer = control.http.post("/faults", json=fault)
    assert answer.status_code == 400
    assert reason in answer.json()["errors"][0]
    assert control.http.get("/faults").json() == {"faults": []}


def test__arm__several_mistakes__all_are_listed(control: Control) -> None:
    answer = control.http.post("/faults", json={"kind": "status", "status": 99, "color": "red"})
    assert len(answer.json()["errors"]) == 2


@pytest.mark.parametrize("path", ["/faults", "/clock", "/intune/apps", "/intune/settings"])
def test__control__body_is_not_json__refused(control: Control, path: str) -> None:
    answer = control.http.post(path, content=b"{")
    assert answer.status_code == 400
    assert answer.json()["errors"][0].startswith("body: Invalid JSON")


def test__control__client_from_elsewhere__refused() -> None:
    app, _ = assemble()
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 40000))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://standins") as http:
            return await http.post("/_control/reset")

    assert asyncio.run(ask()).status_code == 403


def test__clock__backwards__refused(control: Control) -> None:
    assert control.http.post("/clock", json={"advance_seconds": -1}).status_code == 400


@pytest.mark.parametrize("path", ["/elsewhere/v1.0", "/intune"])
def test__unknown_vendor_path__not_found(standins: StandIns, path: str) -> None:
    assert get(standins.base_url + path).status_code == 404


def test__faults__armed__listed_with_hits_until_deleted(control: Control, graph: Graph) -> None:
    armed = control.arm(**NO_PASS, count=1, match={"path": "/mobileApps"})
    assert armed == {
        "id": "fault-1",
        "kind": "status",
        "status": 503,
        "count": 1,
        "match": {"path": "/mobileApps"},
        "when": "before",
        "hits": 0,
    }
    graph.app()
    graph.app()
    assert [fault["hits"] for fault in control.http.get("/faults").json()["faults"]] == [1]
    assert control.http.delete("/faults").status_code == 204
    assert control.http.get("/faults").json() == {"faults": []}


def test__requests__recorded_without_credentials(control: Control, graph: Graph) -> None:
    headers = {"client-request-id": "corr-1", "traceparent": "00-a-b-01", "x-custom": "no"}
    graph.http.get(APPS, params={"$top": "1"}, headers=headers)
    last = control.requests()[-1]
    assert time.time() - last.pop("at") < 60
    assert last == {
        "number": 2,
        "method": "GET",
        "path": f"/intune{APPS}",
        "query": "%24top=1",
        "headers": {"client-request-id": "corr-1", "traceparent": "00-a-b-01"},
        "status": 200,
        "fault": None,
        "when": None,
    }


def test__journal__many_requests__oldest_are_dropped() -> None:
    journal = Journal()
    for _ in range(KEPT_REQUESTS + 5):
        journal.open("GET", "/intune/x", "", {})
    listing = journal.listing()
    assert listing["total"] == KEPT_REQUESTS + 5
    assert [entry["number"] for entry in listing["requests"]] == [*range(6, KEPT_REQUESTS + 6)]


def test__request__client_leaves_half_way__nothing_happens(
    control: Control, graph: Graph, standins: StandIns
) -> None:
    url = httpx.URL(standins.base_url)
    control.arm(kind="hang")
    with socket.create_connection((url.host, url.port or 0)) as raw:
        raw.sendall(b"POST /intune/half HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        while control.requests()[-1]["path"] != "/intune/half":
            pass
    # The next request of another client shows that the fault was left for it.
    with pytest.raises(httpx.ReadTimeout):
        graph.http.get("/nowhere", timeout=0.1)
    assert [entry["fault"] for entry in control.requests()] == [None, None, "hang"]


def test__reset__forgets_everything(control: Control, graph: Graph) -> None:
    control.arm(**NO_PASS, match={"method": "DELETE"})
    control.app("5a5a5a5a-0000-4000-8000-0000000000ff")
    control.limits(token_lifetime_seconds=5)
    graph.assign(assignment())
    control.reset()
    assert control.effects() == {}
    assert control.http.get("/faults").json() == {"faults": []}
    assert control.http.get("/requests").json() == {"total": 0, "requests": []}
    assert control.strikes() == []
    assert graph.app().status_code == 401
    graph.log_in()
    assert graph.assignments() == []
    apps = control.http.get("/intune/apps").json()["apps"]
    assert [app["id"] for app in apps] == [
        intune.PUBLISHED_APP,
        intune.ROLLOUT_APP,
        intune.UNPUBLISHED_APP,
        intune.FLAKY_APP,
    ]


@pytest.mark.parametrize(
    ("vendor", "change"),
    [
        ("intune", {"token_lifetime_seconds": 5}),
        ("servicenow", {"requests_per_hour": 5}),
        ("jira", {"largest_page": 5}),
        ("ansible", {"migrating": True}),
        ("sccm", {"requests_per_second": 5}),
        ("jamf", {"largest_page": 5}),
        ("landscape", {"page_size": 5}),
    ],
)
def test__settings__stay_until_they_are_changed_or_reset(
    control: Control, vendor: str, change: dict[str, Any]
) -> None:
    def settings(**given: Any) -> dict[str, Any]:
        shown: dict[str, Any] = control.http.post(f"/{vendor}/settings", json=given).json()
        return shown

    usual = settings()
    assert settings(**change) == {**usual, **change} != usual
    assert settings() == {**usual, **change}
    control.reset()
    assert settings() == usual


def test__reset__takes_the_vendor_s_time_back(control: Control, standins: StandIns) -> None:
    def year() -> str:
        return get(f"{standins.url_of('jamf')}/").headers["date"].split()[3]

    control.http.post("/jamf/settings", json={"now": "2031-01-01T12:00:00Z"})
    assert year() == "2031"
    control.reset()
    assert year() != "2031"

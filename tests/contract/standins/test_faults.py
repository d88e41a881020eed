import asyncio
import socket
import time
from typing import Any

import httpx
import pytest

from infra.local.standins import intune
from infra.local.standins.server import StandIns
from infra.local.standins.wire import tear_down
from tests.contract.standins.clients import APPS, Control, Graph, assignment, refusal

POSTED_ONCE = {
    "added": {intune.PUBLISHED_APP: {intune.GROUP: {"required": 1}}},
    "posts": {intune.PUBLISHED_APP: 1},
}
LOST = [
    ({"kind": "status", "status": 503}, None),
    ({"kind": "hang"}, httpx.ReadTimeout),
    ({"kind": "reset"}, httpx.ReadError),
    ({"kind": "malformed"}, None),
    ({"kind": "html", "status": 502}, None),
    ({"kind": "truncated"}, httpx.RemoteProtocolError),
]


@pytest.mark.parametrize(("fault", "error"), LOST, ids=lambda case: str(case))
@pytest.mark.parametrize("when", ["before", "after"])
def test__fault__assign__effect_only_if_after(
    control: Control,
    graph: Graph,
    fault: dict[str, Any],
    error: type[httpx.HTTPError] | None,
    when: str,
) -> None:
    control.arm(**fault, when=when, count=1)
    if fault["kind"] == "hang":
        graph.http.timeout = 0.2
    if error:
        with pytest.raises(error):
            graph.assign(assignment())
    else:
        assert graph.assign(assignment()).status_code != 204
    assert control.assigns() == (POSTED_ONCE if when == "after" else {})
    assert control.requests()[-1]["fault"] == fault["kind"]
    [struck] = control.strikes()
    assert (struck["fault"], struck["when"]) == (fault["kind"], when)


def test__reset__connection_is_aborted_and_not_closed(control: Control, graph: Graph) -> None:
    control.arm(kind="reset", count=1)
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        graph.app()
    assert control.requests()[-1]["status"] is None
    assert graph.app().status_code == 200


def test__reset__client_has_gone_already__is_no_error() -> None:
    class Left(asyncio.Transport):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

    with socket.socket() as connection:
        transport = Left({"socket": connection})
    tear_down(transport)
    assert not transport.aborted


def test__status__without_body__speaks_the_vendors_shape(control: Control, graph: Graph) -> None:
    control.arm(kind="status", status=503)
    assert refusal(graph.app()) == (503, "Service Unavailable")


@pytest.mark.parametrize("retry_after", ["3", "1.5", "Wed, 21 Oct 2099 07:28:00 GMT", "soon"])
def test__status__retry_after__sent_verbatim(
    control: Control, graph: Graph, retry_after: str
) -> None:
    control.arm(kind="status", status=429, retry_after=retry_after)
    answer = graph.app()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, retry_after)


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ({"a": [1]}, "application/json", '{"a": [1]}'),
        (None, "application/json", "null"),
        ("plain", "text/plain; charset=utf-8", "plain"),
        ("", None, ""),
    ],
)
def test__status__with_body__sent_as_given(
    control: Control, graph: Graph, body: object, content_type: str | None, sent: str
) -> None:
    control.arm(kind="status", status=500, body=body)
    answer = graph.app()
    assert (answer.headers.get("content-type"), answer.text) == (content_type, sent)


@pytest.mark.parametrize("status", [200, 204, 302])
def test__status__no_error__empty(control: Control, graph: Graph, status: int) -> None:
    control.arm(kind="status", status=status)
    answer = graph.app()
    assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.parametrize("style", ["truncated", "garbage"])
@pytest.mark.parametrize("when", ["before", "after"])
def test__malformed__claims_json_and_is_none(
    control: Control, graph: Graph, style: str, when: str
) -> None:
    control.arm(kind="malformed", style=style, when=when)
    answer = graph.app()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r".+"):
        answer.json()


def test__html__page_with_status(control: Control, graph: Graph) -> None:
    control.arm(kind="html", status=200, body="<html>asleep</html>")
    answer = graph.app()
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text == "<html>asleep</html>"


def test__truncated__after__real_answer_falls_short(control: Control, graph: Graph) -> None:
    control.arm(kind="truncated", when="after", missing_bytes=3)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        graph.app()
    assert control.requests()[-1]["status"] == 200


def test__delay__client_leaves__effect_happens_all_the_same(control: Control, graph: Graph) -> None:
    control.arm(kind="delay", seconds=0.5, count=1)
    with pytest.raises(httpx.ReadTimeout):
        graph.http.post(
            f"{APPS}/{intune.PUBLISHED_APP}/assign",
            json={"mobileAppAssignments": [assignment()]},
            timeout=0.05,
        )
    assert control.assigns() == {}
    give_up = time.monotonic() + 5
    while control.assigns() != POSTED_ONCE:
        assert time.monotonic() < give_up


@pytest.mark.parametrize("when", ["before", "after"])
def test__delay__client_waits__real_answer_late(control: Control, graph: Graph, when: str) -> None:
    control.arm(kind="delay", seconds=0.1, when=when)
    started = time.monotonic()
    assert graph.assign(assignment()).status_code == 204
    assert time.monotonic() - started >= 0.1
    assert control.assigns() == POSTED_ONCE


def test__trickle__head_at_once_then_bytes(control: Control, graph: Graph) -> None:
    control.arm(kind="trickle", interval_seconds=0.002, when="after")
    started = time.monotonic()
    with graph.http.stream("GET", f"{APPS}/{intune.PUBLISHED_APP}") as answer:
        assert answer.status_code == 200
        head_took = time.monotonic() - started
        whole = b"".join(answer.iter_raw())
    took = time.monotonic() - started
    assert took >= 0.002 * len(whole)
    assert head_took < took / 2
    assert b"publishingState" in whole


def test__trickle__before__vendor_not_asked(control: Control, graph: Graph) -> None:
    control.arm(kind="trickle", interval_seconds=0.0001)
    assert graph.assign(assignment()).status_code == 200
    assert control.assigns() == {}


def test__trickle__client_leaves__stand_in_stops(
    control: Control, graph: Graph, caplog: pytest.LogCaptureFixture
) -> None:
    control.arm(kind="trickle", interval_seconds=0.005, when="after")
    with graph.http.stream("GET", f"{APPS}/{intune.PUBLISHED_APP}") as left:
        assert next(left.iter_raw()).startswith(b"{")
    # This takes as long as the first would have: asyncio warns of writes to a client that left.
    assert graph.app().json()["id"] == intune.PUBLISHED_APP
    assert caplog.messages == []


def test__trickle__from_first_byte__head_comes_in_pieces(
    control: Control, standins: StandIns
) -> None:
    control.arm(kind="trickle", interval_seconds=0.02, from_first_byte=True, when="after")
    url = httpx.URL(standins.base_url)
    with socket.create_connection((url.host, url.port or 0), timeout=5) as raw:
        raw.sendall(b"GET /intune/nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
        first = raw.recv(4096)
    assert first
    assert b"HTTP/1.1".startswith(first)


def test__match__other_method_and_path__left_alone(control: Control, graph: Graph) -> None:
    match = {"method": "POST", "path": f"{intune.FLAKY_APP}/assign"}
    control.arm(kind="status", status=503, match=match)
    assert graph.app(intune.FLAKY_APP).status_code == 200
    assert graph.assign(assignment()).status_code == 204
    assert graph.assign(assignment(), app_id=intune.FLAKY_APP).status_code == 503


def test__match__query__is_part_of_the_path(control: Control, graph: Graph) -> None:
    control.arm(kind="status", status=503, match={"path": "mobileApps?$top=1"})
    assert graph.http.get(f"{APPS}?$top=1").status_code == 503
    assert graph.http.get(f"{APPS}?$top=2").status_code == 200


def test__count__spent__next_fault_then_vendor(control: Control, graph: Graph) -> None:
    control.arm(kind="status", status=503, count=2)
    control.arm(kind="status", status=504, count=1)
    assert [graph.app().status_code for _ in range(4)] == [503, 503, 504, 200]


def test__unlimited__cleared__vendor_again(control: Control, graph: Graph) -> None:
    control.arm(kind="status", status=599)
    assert [graph.app().status_code for _ in range(3)] == [599] * 3
    control.http.delete("/faults")
    assert graph.app().status_code == 200

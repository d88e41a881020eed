"""What goes out, what comes in, and what errors keep of it."""

import gzip
import json
import logging
import zlib
from collections.abc import Callable

import pytest

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.resilience.deadline import Deadline
from tests.contract.http.conftest import Request
from tests.contract.http.server import Connection, ScriptedServer, answer, serve
from tests.fakes.clock import FakeClock

Server = Callable[..., ScriptedServer]

OK = answer()


def test__request__carries_correlation_id_agent_and_bodies(
    server: Server, request_: Request
) -> None:
    vendor = server(serve(answer(201, b'{"id": 1}', X_Trace="t"), OK, OK))
    answered = request_(
        "post", f"{vendor.url}?v=2", json_body={"a": [1]}, params={"q": "x y"},
        headers={"x-correlation-id": "spoofed", "Authorization": "Bearer abc"},
    )  # fmt: skip
    request_("PUT", vendor.url, form={"b": "2"})
    request_("GET", f"{vendor.url}?v=3", params={})

    assert answered.status_code == 201
    assert answered.headers["x-trace"] == "t"
    assert answered.json() == {"id": 1}
    assert answered.service == "intune"
    first, second, third = vendor.requests
    assert (first.method, first.target) == ("POST", "/things?v=2&q=x+y")
    assert json.loads(first.body) == {"a": [1]}
    assert first.headers["x-correlation-id"] == "corr-1"
    assert first.headers["user-agent"] == "breakwater"
    assert first.headers["accept-encoding"] == "gzip"
    assert first.headers["authorization"] == "Bearer abc"
    assert second.body == b"b=2"
    assert second.headers["x-correlation-id"] == "corr-1"
    assert third.target == "/things?v=3"


def test__retry__carries_the_same_correlation_id(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(500), OK))
    request_("GET", vendor.url)
    assert [r.headers["x-correlation-id"] for r in vendor.requests] == ["corr-1"] * 2


def test__error__keeps_a_redacted_bounded_body_and_no_query(
    server: Server, request_: Request
) -> None:
    body = json.dumps({"error": "invalid", "client_secret": "s3cr3t", "pad": "x" * 9_000})
    vendor = server(serve(answer(400, body.encode())))
    with pytest.raises(PermanentError) as caught:
        request_("GET", vendor.url.replace("localhost", "me:pw@localhost") + "?token=t0k3n")
    error = caught.value
    assert error.service == "intune"
    assert error.response_body is not None
    assert error.response_body.startswith('{"error": "invalid", "client_secret": "[redacted]"')
    assert len(error.response_body) == 500
    host = vendor.url.removeprefix("http://")
    assert str(error) == f"intune answered 400: GET {host}"


def test__error__does_not_repeat_what_the_request_was_authorized_by(
    server: Server, request_: Request
) -> None:
    body = json.dumps({"detail": "nobody knows t0k3n-t0k3n", "sent": ["me", "hush hush"]})
    vendor = server(serve(answer(400, body.encode())))
    with pytest.raises(PermanentError) as caught:
        request_(
            "POST",
            vendor.url,
            headers={"Authorization": "Bearer t0k3n-t0k3n"},
            form={"user": "me", "password": "hush hush"},
        )
    said = '{"detail": "nobody knows [redacted]", "sent": ["me", "[redacted]"]}'
    assert caught.value.response_body == said


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "/v1.0/mobileApps/5a5a5a5a-0000-4000-8000-0000000000b1/assign",
            "/v1.0/mobileApps/*/assign",
        ),
        (
            "/api/controller/v2/job_templates/42/launch/",
            "/api/controller/v2/job_templates/*/launch/",
        ),
        ("/AdminService/wmi/SMS_Application(16777217)", "/AdminService/wmi/SMS_Application(*)"),
        ("/rest/api/3/issue/OPS-17", "/rest/api/3/issue/*"),
        (
            "/api/now/table/change_request/9d385017c611228701d22104cc95c371",
            "/api/now/table/change_request/*",
        ),
        ("/oauth2/v2.0/token", "/oauth2/v2.0/token"),
        ("/things('Editor 3')/%2e%2e/x%20y", "/things(*)/*/*"),
    ],
)
def test__error__shows_the_vendors_path_and_no_identifier(
    server: Server, request_: Request, path: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    vendor = server(serve(answer(404)))
    origin = vendor.url.removesuffix("/things")
    with pytest.raises(PermanentError) as caught:
        request_("GET", f"{origin}{path}")
    assert str(caught.value) == f"intune answered 404: GET {origin.removeprefix('http://')}{shown}"
    assert [record.__dict__["url"] for record in caplog.records] == [f"{origin}{shown}"]


def test__endless_error_body__read_only_in_part(server: Server, request_: Request) -> None:
    def script(connection: Connection) -> None:
        connection.receive()
        connection.send(b"HTTP/1.1 404 No\r\n\r\n")
        while not connection._server.stopping.is_set():
            connection.send(b"x" * 65_536)

    with pytest.raises(PermanentError) as caught:
        request_("GET", server(script).url)
    assert caught.value.status_code == 404
    assert caught.value.response_body == "x" * 500


@pytest.fixture
def small(clock: FakeClock) -> Callable[[str], bytes]:
    client = RetryableHTTPClient(clock, max_body_bytes=1_000)

    def ask(url: str) -> bytes:
        try:
            return client.request(
                "GET",
                url,
                service="ai",
                correlation_id="c",
                deadline=Deadline.after(60, clock.monotonic),
            ).body
        finally:
            client.close()

    return ask


def test__body_over_the_limit__after_an_effect__ambiguous(server: Server, clock: FakeClock) -> None:
    client = RetryableHTTPClient(clock, max_body_bytes=1_000)
    with pytest.raises(TransientError, match="too large") as caught:
        client.request(
            "POST",
            server(serve(answer(201, b"x" * 1_001))).url,
            service="jira",
            correlation_id="c",
            deadline=Deadline.after(60, clock.monotonic),
        )
    client.close()
    assert caught.value.may_have_applied


def zipped(data: bytes) -> bytes:
    return answer(200, data, content_encoding="gzip")


def test__body_up_to_the_limit__whole(server: Server, small: Callable[[str], bytes]) -> None:
    vendor = server(serve(answer(200, b"x" * 1_000)))
    assert small(vendor.url) == b"x" * 1_000


@pytest.mark.parametrize(
    "data",
    [
        answer(200, b"x" * 1_001),
        zipped(gzip.compress(b"x" * 50_000_000, mtime=0)),
        zipped(gzip.compress(b"x" * 900, mtime=0) + gzip.compress(b"x" * 900, mtime=0)),
    ],
)
def test__body_over_the_limit__decoded_or_not__permanent(
    server: Server, small: Callable[[str], bytes], data: bytes
) -> None:
    vendor = server(serve(data))
    with pytest.raises(PermanentError, match="too large"):
        small(vendor.url)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zipped(gzip.compress(b"hello" * 100, mtime=0)), b"hello" * 100),
        (zipped(gzip.compress(b"he", mtime=0) + gzip.compress(b"llo", mtime=0)), b"hello"),
        (zipped(b""), b""),
        (answer(200, b"plain", content_encoding="identity"), b"plain"),
    ],
)
def test__gzip__undone(
    server: Server, small: Callable[[str], bytes], data: bytes, expected: bytes
) -> None:
    assert small(server(serve(data)).url) == expected


@pytest.mark.parametrize(
    "data",
    [
        zipped(b"not gzip"),
        zipped(gzip.compress(b"hello", mtime=0)[:-4]),
        answer(200, zlib.compress(b"hello"), content_encoding="br"),
        answer(
            200,
            gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0),
            content_encoding="gzip, gzip",
        ),
    ],
)
def test__body_not_as_its_header_says__transient(
    server: Server, request_: Request, data: bytes
) -> None:
    with pytest.raises(TransientError, match="did not speak HTTP"):
        request_("POST", server(serve(data)).url)


def test__garbled_error_body__the_status_is_told(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(403, b"not gzip", content_encoding="gzip")))
    with pytest.raises(PermanentError) as caught:
        request_("GET", vendor.url)
    assert caught.value.status_code == 403
    assert caught.value.response_body is None


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://host:port/hush", {}),
        ("ftp://host/hush", {}),
        ("http://localhost/", {"headers": {"Authorization": "Bearer hush\n"}}),
        ("http://localhost/", {"headers": {"Authorization": "Bearer hush\u20ac"}}),
        ("http://localhost/", {"json_body": {"hush": "\ud800"}}),
        ("http://localhost/", {"json_body": {"hush": float("nan")}}),
    ],
)
def test__request_that_cannot_be_sent__permanent_and_quotes_nothing(
    server: Server, request_: Request, clock: FakeClock, url: str, options: dict[str, object]
) -> None:
    vendor = server(serve(OK))
    with pytest.raises(PermanentError) as caught:
        request_("GET", url.replace("localhost", f"localhost:{vendor.port}"), **options)
    assert "malformed" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert clock.slept == []
    assert vendor.requests == []


def test__libraries_own_logs__silent_even_when_all_is_logged(
    server: Server, request_: Request, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        request_("GET", server(serve(OK)).url + "?token=hush")
    assert caplog.records == []


def test__answer__shows_neither_body_nor_headers(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(200, b"hush", set_cookie="hush")))
    assert "hush" not in repr(request_("GET", vendor.url))


@pytest.mark.parametrize(("method", "doubt"), [("GET", False), ("HEAD", False), ("POST", True)])
def test__answer_that_is_no_json__is_in_doubt_only_after_an_effect(
    server: Server, request_: Request, method: str, doubt: bool
) -> None:
    vendor = server(serve(answer(200, b"" if method == "HEAD" else b"<html>")))
    with pytest.raises(TransientError) as caught:
        request_(method, vendor.url).json()
    assert caught.value.may_have_applied is doubt


def test__trace__is_asked_for_at_each_request_and_wins_over_the_connectors_own(
    server: Server, clock: FakeClock
) -> None:
    vendor = server(serve(answer(), answer()))
    parents = iter(["00-1", "00-2"])
    client = RetryableHTTPClient(clock, trace=lambda: {"traceparent": next(parents)})
    for _ in range(2):
        client.request(
            "GET",
            vendor.url,
            service="intune",
            correlation_id="c",
            deadline=Deadline.after(60, clock.monotonic),
            headers={"Traceparent": "spoofed"},
        )
    client.close()
    assert [r.headers["traceparent"] for r in vendor.requests] == ["00-1", "00-2"]


def test__no_trace__none_is_made_up(server: Server, request_: Request) -> None:
    vendor = server(serve(answer()))
    request_("GET", vendor.url)
    assert "traceparent" not in vendor.requests[0].headers

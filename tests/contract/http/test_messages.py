"""What goes out, what comes in, and what errors keep of it."""

import json
import logging

import pytest

from breakwater.domain.errors import PermanentError
from tests.contract.http.asking import Request, asking
from tests.contract.http.server import Server, answer, serve
from tests.fakes.clock import FakeClock

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


def test__answer_under_a_2xx__its_words_are_shown_redacted_and_bounded(
    server: Server, request_: Request
) -> None:
    body = json.dumps({"error": "nobody knows t0k3n-t0k3n", "sent": ["hush hush"]})
    vendor = server(serve(answer(200, body.encode()), answer(200, b"x" * 9_000), answer(204, b"")))
    options = {
        "headers": {"Authorization": "Bearer t0k3n-t0k3n"},
        "form": {"password": "hush hush"},
    }
    told, long, empty = (request_("POST", vendor.url, **options) for _ in range(3))
    assert told.excerpt == '{"error": "nobody knows [redacted]", "sent": ["[redacted]"]}'
    assert told.redact("not t0k3n-t0k3n") == "not [redacted]"
    assert (long.excerpt, empty.excerpt) == ("x" * 500, None)
    assert "t0k3n" not in repr(told)


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


def test__trace__is_asked_for_at_each_request_and_wins_over_the_connectors_own(
    server: Server, clock: FakeClock
) -> None:
    vendor = server(serve(answer(), answer()))
    parents = iter(["00-1", "00-2"])
    with asking(clock, trace=lambda: {"traceparent": next(parents)}) as ask:
        for _ in range(2):
            ask("GET", vendor.url, headers={"Traceparent": "spoofed"})
    assert [r.headers["traceparent"] for r in vendor.requests] == ["00-1", "00-2"]


def test__no_trace__none_is_made_up(server: Server, request_: Request) -> None:
    vendor = server(serve(answer()))
    request_("GET", vendor.url)
    assert "traceparent" not in vendor.requests[0].headers

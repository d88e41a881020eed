"""What is tried again, when, and what the caller learns in the end."""

import logging
import socket
from collections.abc import Callable

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from tests.contract.http.asking import Request, asking
from tests.contract.http.server import BROKEN, Connection, Server, answer, hang, serve
from tests.fakes.clock import FakeClock

FAIL = answer(500)
OK = answer()


@pytest.mark.parametrize("script", BROKEN)
def test__get__connection_breaks_once__second_try_answers(
    server: Server, request_: Request, clock: FakeClock, script: Callable[[Connection], None]
) -> None:
    flaky = server(script, serve(OK))
    assert request_("GET", flaky.url).json() == {}
    assert len(flaky.requests) == 2
    assert len(clock.slept) == 1


@pytest.mark.parametrize("script", [*BROKEN, serve(FAIL), serve(answer(408))])
def test__post__fails_after_it_was_sent__sent_once_and_ambiguous(
    server: Server, request_: Request, clock: FakeClock, script: Callable[[Connection], None]
) -> None:
    flaky = server(script, serve(OK))
    with pytest.raises(TransientError) as caught:
        request_("POST", flaky.url, json_body={"a": 1})
    assert caught.value.may_have_applied
    assert [r.body for r in flaky.requests] == [b'{"a":1}']
    assert clock.slept == []


def test__post_declared_repeatable__tried_again_with_the_same_body(
    server: Server, request_: Request
) -> None:
    flaky = server(serve(FAIL), serve(OK))
    request_("POST", flaky.url, form={"grant_type": "client_credentials"}, repeatable=True)
    assert [r.body for r in flaky.requests] == [b"grant_type=client_credentials"] * 2


def test__get_declared_not_repeatable__tried_once(server: Server, request_: Request) -> None:
    flaky = server(serve(FAIL), serve(OK))
    with pytest.raises(TransientError):
        request_("GET", flaky.url, repeatable=False)
    assert flaky.connections == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test__repeatable_method__three_tries__the_last_error_itself_surfaces(
    server: Server, request_: Request, clock: FakeClock, method: str
) -> None:
    down = server(serve(*[answer(status, b"") for status in (500, 500, 502)]))
    with pytest.raises(TransientError) as caught:
        request_(method, down.url)
    assert type(caught.value) is TransientError
    assert caught.value.status_code == 502
    assert caught.value.may_have_applied is (method in {"PUT", "DELETE"})
    assert len(down.requests) == 3
    assert len(clock.slept) == 2
    assert all(1.0 <= seconds <= 10.0 for seconds in clock.slept)
    assert clock.slept[1] >= 2.0


def test__connection_refused__not_sent(request_: Request, clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TransientError) as caught:
        request_("PUT", f"http://127.0.0.1:{port}/")
    assert not caught.value.may_have_applied
    assert caught.value.__cause__ is not None
    assert len(clock.slept) == 2


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 70])
def test__name_without_address__not_sent(request_: Request, host: str) -> None:
    with pytest.raises(TransientError) as caught:
        request_("POST", f"http://{host}/")
    assert not caught.value.may_have_applied


def test__put_times_out_then_cannot_connect__still_ambiguous(server: Server) -> None:
    vendor = server(hang)

    class StopsVendorWhileWaiting(FakeClock):
        def sleep(self, seconds: float) -> None:
            vendor.refuse()
            super().sleep(seconds)

    clock = StopsVendorWhileWaiting()
    with (
        asking(clock, total_timeout=1) as ask,
        pytest.raises(TransientError, match="could not be reached") as caught,
    ):
        ask("PUT", vendor.url)
    assert caught.value.may_have_applied


@pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 409, 422, 423])
def test__redirect_or_refusal__permanent_at_once(
    server: Server, request_: Request, clock: FakeClock, status: int
) -> None:
    body = b"" if status == 304 else b'{"error": "no"}'
    refusing = server(serve(answer(status, body, location="/elsewhere")))
    with pytest.raises(PermanentError) as caught:
        request_("GET", refusing.url)
    assert caught.value.status_code == status
    assert len(refusing.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize("location", ["http://h:port/", "//[x", "http://", "\u00fc"])
def test__redirect_to_nonsense__permanent(server: Server, request_: Request, location: str) -> None:
    vendor = server(serve(answer(302, location=location)))
    with pytest.raises(PermanentError, match="answered 302"):
        request_("GET", vendor.url)


def test__created_somewhere__location_is_kept(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(202, location="/jobs/1")))
    assert request_("POST", vendor.url).headers["location"] == "/jobs/1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 509, 599])
def test__status_that_may_pass__tried_again(server: Server, request_: Request, status: int) -> None:
    flaky = server(serve(answer(status)), serve(OK))
    assert request_("GET", flaky.url).status_code == 200


def test__status_named_by_the_caller__tried_again(server: Server, request_: Request) -> None:
    locked = server(serve(answer(423), OK))
    assert request_("GET", locked.url, transient={423}).status_code == 200


def test__every_retry_and_the_end_are_logged_with_the_correlation_id(
    server: Server, request_: Request, caplog: pytest.LogCaptureFixture
) -> None:
    down = server(serve(*[FAIL] * 3))
    with caplog.at_level(logging.DEBUG), pytest.raises(TransientError):
        request_("GET", f"{down.url}?key=hush", headers={"Authorization": "Bearer hush"})
    lines = [vars(record) for record in caplog.records]
    assert [r["levelname"] for r in lines] == ["WARNING", "WARNING", "ERROR"]
    assert [r["call_attempt"] for r in lines] == [1, 2, 3]
    for line in lines:
        assert line["correlation_id"] == "corr-1"
        assert line["service"] == "intune"
        assert (line["method"], line["url"]) == ("GET", down.url)
        assert line["status_code"] == 500
    assert all(1.0 <= line["retry_in"] <= 10.0 for line in lines[:2])
    assert "hush" not in str(lines)

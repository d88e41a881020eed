"""Answers' bodies: how large, how packed, and how they may be broken."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from tests.contract.http.asking import Request, asking
from tests.contract.http.server import Connection, Server, answer, serve
from tests.fakes.clock import FakeClock


@pytest.fixture
def small(clock: FakeClock) -> Iterator[Request]:
    """Ask by a client that takes no more than a thousand bytes."""
    with asking(clock, max_body_bytes=1_000) as ask:
        yield ask


def test__body_over_the_limit__after_an_effect__ambiguous(server: Server, small: Request) -> None:
    vendor = server(serve(answer(201, b"x" * 1_001)))
    with pytest.raises(TransientError, match="too large") as caught:
        small("POST", vendor.url)
    assert caught.value.may_have_applied


def zipped(data: bytes) -> bytes:
    return answer(200, data, content_encoding="gzip")


def test__body_up_to_the_limit__whole(server: Server, small: Request) -> None:
    vendor = server(serve(answer(200, b"x" * 1_000)))
    assert small("GET", vendor.url).body == b"x" * 1_000


@pytest.mark.parametrize(
    "data",
    [
        answer(200, b"x" * 1_001),
        zipped(gzip.compress(b"x" * 50_000_000, mtime=0)),
        zipped(gzip.compress(b"x" * 900, mtime=0) + gzip.compress(b"x" * 900, mtime=0)),
    ],
)
def test__body_over_the_limit__decoded_or_not__permanent(
    server: Server, small: Request, data: bytes
) -> None:
    vendor = server(serve(data))
    with pytest.raises(PermanentError, match="too large"):
        small("GET", vendor.url)
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
def test__gzip__undone(server: Server, small: Request, data: bytes, expected: bytes) -> None:
    assert small("GET", server(serve(data)).url).body == expected


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


@pytest.mark.parametrize(("method", "doubt"), [("GET", False), ("HEAD", False), ("POST", True)])
def test__answer_that_is_no_json__is_in_doubt_only_after_an_effect(
    server: Server, request_: Request, method: str, doubt: bool
) -> None:
    vendor = server(serve(answer(200, b"" if method == "HEAD" else b"<html>")))
    with pytest.raises(TransientError) as caught:
        request_(method, vendor.url).json()
    assert caught.value.may_have_applied is doubt


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

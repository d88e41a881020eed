"""No call outlives its attempt's total timeout, nor its caller's deadline."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import pytest

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.adapters.http.transport import DeadlineBackend, DeadlineStream, bounded_to
from breakwater.domain.errors import TransientError
from breakwater.resilience.deadline import Deadline
from tests.contract.http.asking import Request, asking
from tests.contract.http.server import Connection, Server, answer, serve, trickle_headers
from tests.fakes.clock import FakeClock

TOTAL = 0.5
SLACK = 1.5  # for a busy machine; the vendors here would go on for ten seconds


@pytest.fixture
def total() -> float:
    return TOTAL


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds + SLACK


def trickle_body(connection: Connection) -> None:
    connection.receive()
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n")
    connection.trickle(b"y" * 200)


def trickle_informational(connection: Connection) -> None:
    connection.receive()
    connection.trickle(b"HTTP/1.1 100 Continue\r\n\r\n" * 20, every=0.01)


def hang_before_reading(connection: Connection) -> None:
    connection.hang()


@pytest.mark.parametrize(
    "script", [trickle_headers, trickle_body, trickle_informational, hang_before_reading]
)
def test__slow_server__post__ends_within_total_and_is_ambiguous(
    server: Server, request_: Request, script: Callable[[Connection], None]
) -> None:
    slow = server(script)
    with within(TOTAL), pytest.raises(TransientError) as caught:
        request_("POST", slow.url, json_body={})
    assert caught.value.may_have_applied
    assert slow.connections == 1


def test__vendor_hangs_once__get__second_try_answers(server: Server, request_: Request) -> None:
    flaky = server(hang_before_reading, serve(answer()))
    assert request_("GET", flaky.url).status_code == 200


def test__body_that_stays_within_the_total__arrives_though_it_trickles(
    server: Server, request_: Request
) -> None:
    def script(connection: Connection) -> None:
        connection.receive()
        connection.trickle(answer(body=b"hello"), every=0.001)

    assert request_("GET", server(script).url).body == b"hello"


def test__reader_that_never_reads__big_upload__ends_within_total(
    server: Server, request_: Request
) -> None:
    stuck = server(hang_before_reading)
    with within(TOTAL), pytest.raises(TransientError) as caught:
        request_("POST", stuck.url, json_body={"blob": "x" * 10_000_000})
    assert caught.value.may_have_applied


def test__trickled_error_body__the_status_is_told_within_total(
    server: Server, request_: Request
) -> None:
    def script(connection: Connection) -> None:
        connection.receive()
        connection.send(b"HTTP/1.1 502 Bad\r\ncontent-length: 200\r\n\r\n")
        connection.trickle(b"y" * 200)

    with within(TOTAL), pytest.raises(TransientError) as caught:
        request_("POST", server(script).url)
    assert caught.value.status_code == 502
    assert (caught.value.response_body or "").startswith("y")


def test__tls_handshake_never_answered__ends_as_not_sent(server: Server, request_: Request) -> None:
    silent = server(hang_before_reading)
    with within(TOTAL), pytest.raises(TransientError) as caught:
        request_("POST", silent.url.replace("http:", "https:"))
    assert not caught.value.may_have_applied


def test__caller_has_less_time_than_the_total__its_deadline_wins(
    server: Server, clock: FakeClock
) -> None:
    slow = server(trickle_headers)
    with asking(clock) as ask, within(0.2), pytest.raises(TransientError):
        ask("GET", slow.url, seconds=0.2)


def test__deadline_has_passed__nothing_is_sent(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    idle = server(serve(answer()))
    deadline = Deadline.after(1, clock.monotonic)
    clock.advance(1)
    with pytest.raises(TransientError) as caught:
        request_("PUT", idle.url, deadline=deadline)
    assert not caught.value.may_have_applied
    assert idle.connections == 0


def test__no_time_left_for_a_wait__no_second_try(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    failing = server(serve(answer(500)), serve(answer()))
    with pytest.raises(TransientError) as caught:
        request_("GET", failing.url, deadline=Deadline.after(0.9, clock.monotonic))
    assert caught.value.status_code == 500
    assert clock.slept == []
    assert failing.connections == 1


def test__resolver_hangs__ends_within_connect_timeout_as_not_sent(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        release.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with within(TOTAL), pytest.raises(TransientError) as caught:
        request_("POST", "http://vendor.example/")
    release.set()
    assert not caught.value.may_have_applied


def test__many_dead_addresses__share_one_connect_timeout(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    def black_hole(_: object, timeout: float, **__: object) -> None:
        tried.append(timeout)
        time.sleep(timeout)
        raise TimeoutError

    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry] * 3)
    monkeypatch.setattr(socket, "create_connection", black_hole)
    with within(TOTAL), pytest.raises(TransientError):
        request_("POST", "http://vendor.example/")
    assert len(tried) == 3
    assert min(tried) > TOTAL / 6
    assert sum(tried) <= TOTAL + 0.01


def test__time_is_up__no_socket_operation_is_begun() -> None:
    stream = DeadlineStream(httpcore.MockStream([b"late"]), DeadlineBackend(), object())
    with bounded_to(0):
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(10)
        with pytest.raises(httpcore.WriteTimeout):
            stream.write(b"late")
        with pytest.raises(httpcore.ConnectTimeout):
            stream.start_tls(ssl.create_default_context())
        with pytest.raises(httpcore.ConnectTimeout):
            DeadlineBackend().connect_tcp("localhost", 80)


@pytest.mark.parametrize("seconds", [0, -1, 31, float("inf"), float("nan")])
def test__timeout_that_bounds_nothing__refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="at most 30"):
        RetryableHTTPClient(FakeClock(), total_timeout=seconds)

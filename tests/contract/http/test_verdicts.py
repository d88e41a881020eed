"""What each attempt tells its service's breaker."""

from collections.abc import Callable

import httpcore
import httpx
import pytest

from breakwater.adapters.http.exchange import Exchange, Patience, translated
from breakwater.domain.errors import CircuitBreakerOpenError, ThrottledError, TransientError
from breakwater.ports import HttpResponse
from breakwater.resilience.circuit import State
from breakwater.resilience.deadline import Deadline
from tests.contract.http.fleet import Fleet, failed
from tests.contract.http.server import BROKEN, Connection, Server, answer, hang, serve
from tests.fakes.clock import FakeClock

OK, DOWN = answer(), answer(500)


@pytest.mark.parametrize("script", [*BROKEN, serve(DOWN), serve(answer(408)), serve(answer(599))])
def test__failure_that_blames_the_service__counts(
    fleet: Fleet, server: Server, script: Callable[[Connection], None]
) -> None:
    error = failed(fleet.environment(), server(script).url, method="POST")
    assert error.blames_service
    assert fleet.circuit.failures == 1


def test__2xx_that_is_no_answer__counts_and_proves_no_health(fleet: Fleet, server: Server) -> None:
    page = server(serve(*[answer(200, b"<html>")] * 6))
    ask = fleet.environment()
    for _ in range(5):
        failed(ask, page.url, method="POST", check=HttpResponse.json)
    assert fleet.circuit.state is State.OPEN
    fleet.clock.advance(67)
    failed(ask, page.url, method="POST", check=HttpResponse.json)
    assert (fleet.circuit.state, fleet.circuit.reopens) == (State.OPEN, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test__2xx_that_is_no_answer__in_doubt_unless_it_was_only_asked(
    fleet: Fleet, server: Server, method: str
) -> None:
    page = server(serve(*[answer(200, b"<html>")] * 3))
    error = failed(fleet.environment(), page.url, method=method, check=HttpResponse.json)
    assert error.may_have_applied is (method == "POST")
    assert len(page.requests) == (1 if method == "POST" else 3)


@pytest.mark.parametrize("status", [503, 429])
def test__retry_after__counts_where_it_is_down_not_where_it_throttles(
    fleet: Fleet, server: Server, status: int
) -> None:
    busy = server(serve(answer(status, retry_after="120")))
    error = failed(fleet.environment(), busy.url)
    assert isinstance(error, ThrottledError)
    assert error.blames_service is (status == 503)
    assert fleet.circuit.failures == (1 if status == 503 else 0)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test__cannot_connect__counts(fleet: Fleet, host: str) -> None:
    failed(fleet.environment(), f"http://{host}/", method="POST")
    assert fleet.circuit.failures == 1


@pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 409, 422, 423, 429])
def test__redirect_refusal_or_throttling__never_opens(
    fleet: Fleet, server: Server, status: int
) -> None:
    body = b"" if status == 304 else b"{}"
    refusing = server(serve(*[answer(status, body)] * 12))
    ask = fleet.environment()
    for _ in range(12):
        failed(ask, refusing.url, method="POST", transient={423})
    assert fleet.store.items == {}


def test__redirect_that_the_caller_takes_for_an_outage__counts(
    fleet: Fleet, server: Server
) -> None:
    moving = server(serve(answer(302, b"")))
    failed(fleet.environment(), moving.url, method="POST", transient=range(300, 400))
    assert fleet.circuit.failures == 1


@pytest.mark.parametrize("options", [{}, {"url": "http://host:port/"}])
def test__request_that_was_never_sent__counts_nothing_and_claims_no_probe(
    fleet: Fleet, server: Server, options: dict[str, str]
) -> None:
    fleet.opens()
    vendor = server(serve(OK))
    error = failed(
        fleet.environment(), options.get("url", vendor.url), seconds=0 if not options else 600
    )
    assert not isinstance(error, CircuitBreakerOpenError)
    assert fleet.circuit.state is State.OPEN
    assert vendor.connections == 0


def test__cut_short_by_the_callers_deadline__counts_nothing(fleet: Fleet, server: Server) -> None:
    silent = server(hang)
    error = failed(fleet.environment(), silent.url, seconds=0.3)
    assert "did not answer in time" in str(error)
    assert not error.blames_service
    assert fleet.store.items == {}


def test__cut_short_but_refused__counts(fleet: Fleet) -> None:
    failed(fleet.environment(), "http://127.0.0.1:1/", seconds=0.9)
    assert fleet.circuit.failures == 1


def exchange(*, seconds: float) -> Exchange:
    clock = FakeClock()
    made = Exchange(
        method="GET",
        url=httpx.URL("http://h/"),
        service="jira",
        correlation_id="c",
        deadline=Deadline.after(seconds, clock.monotonic),
        transient=(),
        vouches=True,
        content={},
        patience=Patience(connect=5.0, read=30.0, total=30.0),
    )
    made.grant()
    return made


@pytest.mark.parametrize(
    ("error", "seconds", "blames"),
    [
        (httpcore.PoolTimeout(), 600, False),
        (httpcore.ConnectTimeout(), 600, True),
        # Less than an attempt's total, but as long as connecting may take.
        (httpcore.ConnectTimeout(), 5, True),
        (httpcore.ConnectTimeout(), 4.9, False),
        (httpcore.ReadTimeout(), 30, True),
        (httpcore.ReadTimeout(), 29.9, False),
        (httpcore.WriteTimeout(), 29.9, False),
        (httpcore.ReadError(), 1, True),
        (httpcore.RemoteProtocolError(), 1, True),
    ],
)
def test__out_of_time__blames_whoever_set_the_limit(
    error: Exception, seconds: float, blames: bool
) -> None:
    asked = exchange(seconds=seconds)
    with pytest.raises(TransientError) as caught, translated(asked):
        raise error
    assert caught.value.blames_service is blames


def test__body_too_large_after_an_effect__counts_nothing() -> None:
    asked = exchange(seconds=600)
    asked.method = "POST"
    oversized = asked.oversized()
    assert isinstance(oversized, TransientError)
    assert not oversized.blames_service


def test__200_that_is_no_json__is_an_answer(fleet: Fleet, server: Server) -> None:
    page = server(serve(*[answer(200, b"<html>")] * 6))
    ask = fleet.environment()
    for _ in range(6):
        with pytest.raises(TransientError):
            ask("GET", page.url).json()
    assert fleet.store.items == {}


def test__healthy__writes_nothing_and_reads_once_a_window(fleet: Fleet, server: Server) -> None:
    ask, vendor = fleet.environment(), server(serve(*[OK] * 20))
    for _ in range(20):
        ask("GET", vendor.url)
    assert fleet.store.items == {}
    assert (fleet.seen.changes, fleet.seen.told) == ([], [])


def test__login_answers__neither_closes_a_circuit_nor_ends_a_run(
    fleet: Fleet, server: Server
) -> None:
    fleet.opens()
    ask, login = fleet.environment(), server(serve(OK, answer(401), OK))
    ask("POST", login.url, vouches=False)
    failed(ask, login.url, method="POST", vouches=False)
    half_open = fleet.circuit
    ask("GET", login.url)
    assert (half_open.state, half_open.probe_owner) == (State.HALF_OPEN, None)
    assert fleet.circuit.state is State.CLOSED


def test__login_fails__counts(fleet: Fleet, server: Server) -> None:
    failed(fleet.environment(), server(serve(DOWN)).url, method="POST", vouches=False)
    assert fleet.circuit.failures == 1

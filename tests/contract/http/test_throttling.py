"""How the vendor's own word on when to come back is kept."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from breakwater.domain.errors import ThrottledError, TransientError
from breakwater.resilience.deadline import Deadline
from tests.contract.http.asking import Request
from tests.contract.http.server import Connection, Server, answer, serve
from tests.fakes.clock import FakeClock

OK = answer()


@pytest.mark.parametrize(
    ("header", "least", "most"), [("4", 4, 4), ("2.5", 2.5, 2.5), ("0", 1, 2), ("soon", 1, 2)]
)
def test__retry_after__waited_for_but_never_below_the_backoff(
    server: Server, request_: Request, clock: FakeClock, header: str, least: float, most: float
) -> None:
    busy = server(serve(answer(429, retry_after=header), OK))
    request_("GET", busy.url)
    assert least <= clock.slept[0] <= most


def test__retry_after_date__waited_for_on_the_injected_clock(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=7), usegmt=True)
    busy = server(serve(answer(503, retry_after=date)), serve(OK))
    request_("GET", busy.url)
    assert clock.slept == [7.0]


@pytest.mark.parametrize("named", [{}, {"retry_after": "2"}])
@pytest.mark.parametrize("status", [408, 500, 503])
def test__own_wait__of_a_429_only(
    server: Server, request_: Request, clock: FakeClock, status: int, named: dict[str, Any]
) -> None:
    # Some vendors tell with every answer when their hourly window ends.
    down = server(serve(answer(status, **named)), serve(OK))
    request_("GET", down.url, retry_after=lambda _: 3000.0)
    assert clock.slept[0] <= 2


@pytest.mark.parametrize(("status", "ambiguous"), [(429, False), (503, True)])
def test__retry_after_longer_than_a_function_should_wait__throttled_at_once(
    server: Server, request_: Request, clock: FakeClock, status: int, ambiguous: bool
) -> None:
    busy = server(serve(answer(status, retry_after="120")))
    with pytest.raises(ThrottledError) as caught:
        request_("PUT", busy.url)
    assert caught.value.retry_after == 120.0
    assert caught.value.status_code == status
    assert caught.value.may_have_applied is ambiguous
    assert clock.slept == []


def test__retry_after_past_the_deadline__throttled_at_once(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    busy = server(serve(answer(429, retry_after="5")))
    with pytest.raises(ThrottledError) as caught:
        request_("GET", busy.url, deadline=Deadline.after(4, clock.monotonic))
    assert caught.value.retry_after == 5.0
    assert clock.slept == []


def test__retry_after_with_another_status__honoured_but_not_throttling(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    down = server(serve(answer(504, retry_after="8"), answer(504, retry_after="60")))
    with pytest.raises(TransientError) as caught:
        request_("GET", down.url)
    assert type(caught.value) is TransientError
    assert clock.slept == [8.0]


def test__retry_after__holds_for_one_wait_only(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    busy = server(serve(answer(429, retry_after="9")), Connection.reset, serve(OK))
    request_("GET", busy.url)
    assert clock.slept[0] == 9.0
    assert clock.slept[1] <= 3.0


def test__429_without_retry_after__exhausted__plain_and_certain(
    server: Server, request_: Request
) -> None:
    busy = server(serve(*[answer(429)] * 3))
    with pytest.raises(TransientError) as caught:
        request_("DELETE", busy.url)
    assert type(caught.value) is TransientError
    assert not caught.value.may_have_applied
    assert len(busy.requests) == 3


def test__post_throttled__sent_once(server: Server, request_: Request) -> None:
    busy = server(serve(answer(429, retry_after="2"), OK))
    with pytest.raises(ThrottledError) as caught:
        request_("POST", busy.url)
    assert not caught.value.may_have_applied
    assert len(busy.requests) == 1


@pytest.mark.parametrize(
    ("asked", "own", "slept"), [("4", 7.0, 7.0), ("4", 2.0, 4.0), ("4", None, 4.0), ("", 7.0, 7.0)]
)
def test__vendor_s_own_wait__the_longer_one_counts(
    server: Server,
    request_: Request,
    clock: FakeClock,
    asked: str,
    own: float | None,
    slept: float,
) -> None:
    busy = server(serve(answer(429, retry_after=asked), OK))
    request_("GET", busy.url, retry_after=lambda headers: own)
    assert clock.slept == [slept]


def test__vendor_s_own_wait__read_from_the_headers_and_bounded(
    server: Server, request_: Request, clock: FakeClock
) -> None:
    busy = server(serve(answer(429, retry_after="2")))
    with pytest.raises(ThrottledError) as caught:
        request_("GET", busy.url, retry_after=lambda headers: float(headers["retry-after"]) * 1e9)
    assert caught.value.retry_after == 86_400.0
    assert clock.slept == []

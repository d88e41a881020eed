"""What an open circuit does to a request, and what the guard of an attempt is told."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.resilience.circuit import State
from tests.contract.http.asking import asking
from tests.contract.http.fleet import Fleet, failed
from tests.contract.http.server import Server, answer, hang, reset, serve
from tests.fakes.clock import FakeClock

OK, DOWN = answer(), answer(500)


TOTAL = 0.4


def test__fifth_failed_attempt__opens__and_ends_the_tries_at_once(
    fleet: Fleet, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="breakwater")
    down, ask = server(serve(*[DOWN] * 9)), fleet.environment()
    assert type(failed(ask, down.url)) is TransientError
    slept = len(fleet.clock.slept)
    error = failed(ask, down.url)

    assert isinstance(error, CircuitBreakerOpenError)
    assert fleet.circuit.state is State.OPEN
    assert len(down.requests) == 5
    # One pause before the fifth attempt, none after it.
    assert len(fleet.clock.slept) == slept + 1
    assert 60 <= error.retry_after <= 66
    assert "not retried, the circuit is open" in caplog.records[-1].message


def test__open__nothing_is_sent_or_waited_for_nor_logged_as_an_error(
    fleet: Fleet, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.opens()
    fleet.clock.advance(-60)
    vendor, ask = server(serve(OK)), fleet.environment()
    slept = list(fleet.clock.slept)
    caplog.clear()
    error = failed(ask, vendor.url)

    assert isinstance(error, CircuitBreakerOpenError)
    assert str(error) == "Circuit breaker for 'intune' is open. Service unavailable."
    assert not error.may_have_applied
    assert vendor.connections == 0
    assert fleet.clock.slept == slept
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test__one_task_against_a_silent_vendor__opens_at_its_fifth_attempt(
    fleet: Fleet, server: Server
) -> None:
    silent, ask = server(*[hang] * 9), fleet.environment(total=TOTAL)
    assert type(failed(ask, silent.url)) is TransientError
    fleet.clock.advance(60)  # the state machine's own retry
    assert fleet.circuit.state is State.CLOSED
    assert isinstance(failed(ask, silent.url), CircuitBreakerOpenError)
    assert silent.connections == 5


def test__put_in_doubt_then_refused__stays_in_doubt(fleet: Fleet, server: Server) -> None:
    down, ask = server(serve(*[DOWN] * 4), reset), fleet.environment()
    failed(ask, down.url)
    failed(ask, down.url, method="POST")
    error = failed(ask, down.url, method="PUT")
    assert isinstance(error, CircuitBreakerOpenError)
    assert error.may_have_applied


def test__guards_timeout__is_what_the_attempt_may_take(clock: FakeClock, server: Server) -> None:
    seen: list[tuple[float, bool]] = []

    class Watched:
        @contextmanager
        def guard(self, *, timeout: float, vouches: bool = True) -> Iterator[None]:
            seen.append((timeout, vouches))
            yield

        def refuse_if_open(self) -> None:
            return

    vendor = server(serve(OK, OK))
    with asking(clock, guards=lambda _: Watched(), total_timeout=7) as ask:
        for seconds, vouches in ((600, True), (3, False)):
            ask("GET", vendor.url, seconds=seconds, vouches=vouches)
    assert seen == [(7, True), (3, False)]


def test__guard_takes_its_time__the_attempt_has_what_is_left(
    clock: FakeClock, server: Server
) -> None:
    class Slow:
        @contextmanager
        def guard(self, *, timeout: float, vouches: bool = True) -> Iterator[None]:
            clock.advance(2)
            yield

        def refuse_if_open(self) -> None:
            return

    vendor = server(serve(OK))
    with (
        asking(clock, guards=lambda _: Slow()) as ask,
        pytest.raises(TransientError, match="no time is left") as caught,
    ):
        ask("GET", vendor.url, seconds=2)
    assert not caught.value.blames_service
    assert vendor.connections == 0

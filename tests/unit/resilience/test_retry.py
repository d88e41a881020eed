from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.retry import (
    LONGEST_RETRY_AFTER,
    Backoff,
    parse_retry_after,
    retrying,
)
from tests.fakes.clock import FakeClock

unhurried = settings(deadline=None)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Flaky:
    """Raises each of `errors` once, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "answer"


def run(
    call: Callable[[], str],
    clock: FakeClock,
    *,
    repeatable: bool = True,
    asked: float | None = None,
    seconds: float = 600,
    backoff: Backoff | None = None,
) -> str:
    return retrying(
        backoff or Backoff(),
        repeatable=repeatable,
        deadline=Deadline.after(seconds, clock.monotonic),
        asked=lambda: asked,
        sleep=clock.sleep,
    )(call)


def test__two_failures__answered_by_the_third_try() -> None:
    clock, call = FakeClock(), Flaky(TransientError("a"), TransientError("b"))
    assert run(call, clock) == "answer"
    assert len(clock.slept) == 2


def test__three_failures__the_last_error_itself_surfaces() -> None:
    last = TransientError("last")
    call = Flaky(TransientError("a"), TransientError("b"), last)
    with pytest.raises(TransientError) as caught:
        run(call, FakeClock())
    assert caught.value is last
    assert call.calls == 3


@pytest.mark.parametrize("error", [PermanentError("no"), KeyError("bug")])
def test__error_that_will_not_pass__one_try(error: Exception) -> None:
    clock, call = FakeClock(), Flaky(error)
    with pytest.raises(type(error)):
        run(call, clock)
    assert (call.calls, clock.slept) == (1, [])


def test__not_repeatable__one_try() -> None:
    clock, call = FakeClock(), Flaky(TransientError("a"))
    with pytest.raises(TransientError):
        run(call, clock, repeatable=False)
    assert (call.calls, clock.slept) == (1, [])


@unhurried
@given(
    attempts=st.integers(2, 12),
    asked=st.none() | st.floats(0, 10),
    seconds=st.floats(0, 200),
)
def test__any_policy__waits_within_bounds_and_never_past_the_deadline(
    attempts: int, asked: float | None, seconds: float
) -> None:
    clock = FakeClock()
    call = Flaky(*[TransientError("down") for _ in range(attempts)])
    with pytest.raises(TransientError):
        run(call, clock, asked=asked, seconds=seconds, backoff=Backoff(attempts=attempts))
    assert all(max(1.0, asked or 0.0) <= waited <= 10.0 for waited in clock.slept)
    assert sum(clock.slept) <= seconds
    assert call.calls == len(clock.slept) + 1 <= attempts


def test__waits__grow_and_differ_between_callers() -> None:
    firsts = set()
    for _ in range(20):
        clock = FakeClock()
        run(Flaky(TransientError("a"), TransientError("b")), clock)
        assert clock.slept[0] < clock.slept[1] or clock.slept == [2.0, 2.0]
        firsts.add(clock.slept[0])
    assert len(firsts) > 10


def test__asked_to_wait_longer_than_the_backoff_allows__one_try() -> None:
    clock, call = FakeClock(), Flaky(TransientError("a"))
    with pytest.raises(TransientError):
        run(call, clock, asked=10.001)
    assert (call.calls, clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0.25", 0.25),
        ("9" * 400, LONGEST_RETRY_AFTER),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30.0),
        ("Thu Jan  1 12:00:30 2026", 30.0),
        ("Thu, 01 Jan 2026 14:00:30 +0200", 30.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_RETRY_AFTER),
        ("Thu, 01 Jan 2026 11:59:59 GMT", None),
        (None, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1e3", None),
        ("1.", None),
        ("nan", None),
        ("inf", None),
        ("1, 2", None),
        ("\u0661\u0662", None),
        ("soon", None),
        ("Thu, 99 Jan 2026 12:00:30 GMT", None),
        ("Thu, 01 Jan 99999 12:00:30 GMT", None),
        ("Thu, 01 Jan 2026 12:00:30 +9999", None),
    ],
)
def test__retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@unhurried
@given(st.integers(0, 86_400))
def test__retry_after__date__as_far_off_as_it_says(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(header, NOW) == seconds


DATE_PARTS = st.sampled_from(
    ["Thu,", "01", "Jan", "2026", "26", "-1", "12:00:30", "25:61", "GMT", "+9999", "-0000", ":"]
)


@unhurried
@given(st.text(max_size=80) | st.lists(DATE_PARTS, max_size=8).map(" ".join))
@example("Mon, 01 Jan 0001 00:00:00 +2359")
def test__retry_after__anything__never_raises_and_stays_in_bounds(header: str) -> None:
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0.0 <= seconds <= LONGEST_RETRY_AFTER

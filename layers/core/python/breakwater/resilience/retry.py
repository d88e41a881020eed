"""When a failed call is tried again, and when it is not.

Pure policies for tenacity: how long to wait (exponentially, with jitter, and never less than the
vendor asked for) and when to give up (tries used up, the deadline too near, or the vendor's wait
too long to sit out inside a function that is paid by the millisecond). Time comes in through
`sleep` and the deadline; nothing here knows about HTTP except the form of the `Retry-After` header.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_never,
    stop_after_attempt,
    wait_exponential_jitter,
)
from tenacity.wait import wait_base

from breakwater.domain.errors import TransientError
from breakwater.resilience.deadline import Deadline

LONGEST_RETRY_AFTER = 86_400.0
"""Seconds, the longest task deadline: a longer wait means the same."""

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_LONGEST_DATE = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """How many tries in all, and the bounds, in seconds, of the wait between two of them."""

    attempts: int = 3
    shortest: float = 1.0
    longest: float = 10.0


def wait_as_asked(
    asked: Callable[[], float | None], fallback: wait_base
) -> Callable[[RetryCallState], float]:
    """Wait as `fallback` says, but never less than the vendor asked for."""

    def wait(state: RetryCallState) -> float:
        return max(asked() or 0.0, fallback(state))

    return wait


def stop_when_hopeless(
    backoff: Backoff, asked: Callable[[], float | None], deadline: Deadline
) -> Callable[[RetryCallState], bool]:
    """Stop after the last try, or if the next one would be too long off or too late."""
    used_up = stop_after_attempt(backoff.attempts)

    def stop(state: RetryCallState) -> bool:
        too_long_off = (asked() or 0.0) > backoff.longest
        # tenacity asks for the wait before it asks whether to stop.
        return used_up(state) or too_long_off or state.upcoming_sleep >= deadline.remaining

    return stop


def retrying(
    backoff: Backoff,
    *,
    repeatable: bool,
    deadline: Deadline,
    asked: Callable[[], float | None],
    sleep: Callable[[float], None],
    before_sleep: Callable[[RetryCallState], None] | None = None,
) -> Retrying:
    """Return a caller of functions that tries again after a TransientError, if `repeatable`.

    `asked` returns the seconds that the vendor named with the last failure, or None. The last error
    itself surfaces, never tenacity's RetryError.
    """
    exponential = wait_exponential_jitter(
        multiplier=backoff.shortest,
        jitter=backoff.shortest,
        min=backoff.shortest,
        max=backoff.longest,
    )
    return Retrying(
        retry=retry_if_exception_type(TransientError) if repeatable else retry_never,
        wait=wait_as_asked(asked, exponential),
        stop=stop_when_hopeless(backoff, asked, deadline),
        sleep=sleep,
        before_sleep=before_sleep,
        reraise=True,
    )


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds from `now` that a `Retry-After` header names, or None if it names none.

    Takes RFC 9110's whole seconds and HTTP dates, and the decimals that vendors send. What is
    negative, in the past or unreadable counts as not sent.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_RETRY_AFTER)
    seconds = _seconds_until(text, now)
    return None if seconds is None or seconds < 0 else min(seconds, LONGEST_RETRY_AFTER)


def _seconds_until(text: str, now: datetime) -> float | None:
    if not text[:1].isalpha() or len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # An asctime date has no zone; HTTP's are all in GMT.
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()

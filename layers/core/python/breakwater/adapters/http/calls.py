"""What is told of each request to a vendor: how it ended, and how long it took."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol

import httpcore

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import Clock
from breakwater.resilience.verdict import Verdict, verdict


class CallObserver(Protocol):
    """Who is told of requests to vendors."""

    def called(self, service: str, outcome: str, *, seconds: float, is_fault: bool) -> None:
        """Note a request that was sent, each try of it; see `outcome_of` for its end."""
        ...


class Unobserved:
    """An observer that tells nobody."""

    def called(self, service: str, outcome: str, *, seconds: float, is_fault: bool) -> None:
        """Tell nobody."""


def outcome_of(error: TransientError | PermanentError | None) -> str:
    """Return how a request ended, in one of few words: they become metrics."""
    if error is None:
        return "answered"
    status = error.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "throttled"
    if status is not None and status >= HTTPStatus.MULTIPLE_CHOICES:
        return f"{status // 100}xx"
    match error.__cause__:
        case httpcore.PoolTimeout():
            return "unsent"
        case httpcore.ConnectError() | httpcore.ConnectTimeout():
            return "unreachable"
        case httpcore.TimeoutException():
            return "timeout"
        case _:
            return "broken"


@contextmanager
def observed(observer: CallObserver, service: str, clock: Clock) -> Iterator[None]:
    """Tell `observer` of the request that is sent inside."""
    began = clock.monotonic()
    error: TransientError | PermanentError | None = None
    try:
        yield
    except (TransientError, PermanentError) as failure:
        error = failure
        raise
    finally:
        is_fault = error is not None and verdict(error) is Verdict.UNWELL
        observer.called(
            service, outcome_of(error), seconds=clock.monotonic() - began, is_fault=is_fault
        )

"""Clients asked as a connector asks them, with ten minutes to spare on the fake clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.ports import HttpResponse
from breakwater.resilience.deadline import Deadline
from tests.fakes.clock import FakeClock

Request = Callable[..., HttpResponse]
"""`method, url`, and what else `RetryableHTTPClient.request` takes; seconds that are left."""


def asks(client: RetryableHTTPClient, clock: FakeClock) -> Request:
    """Return what asks by a client."""

    def ask(method: str, url: str, *, seconds: float = 600, **options: Any) -> HttpResponse:
        defaults: dict[str, Any] = {
            "service": "intune",
            "correlation_id": "corr-1",
            "deadline": Deadline.after(seconds, clock.monotonic),
        }
        return client.request(method, url, **defaults | options)

    return ask


@contextmanager
def asking(clock: FakeClock, **settings: Any) -> Iterator[Request]:
    """Make a client of its own with these settings; yield what asks by it."""
    client = RetryableHTTPClient(clock, **settings)
    try:
        yield asks(client, clock)
    finally:
        client.close()

"""Cuts: a request to AWS after which nothing is as before.

The clients are moto's; what is put around them ends an environment, or loses a reply, at exactly
one request. Nothing waits: a cut is at a request, not at a time.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from botocore.exceptions import ReadTimeoutError


class Killed(BaseException):
    """The Lambda is gone."""


class Cut(Enum):
    """What happens at a request."""

    KILLED_BEFORE = auto()
    """The environment dies before it is sent."""
    KILLED_AFTER = auto()
    """It is applied, and the environment dies before it hears so."""
    REPLY_LOST = auto()
    """It is applied, and the caller waits in vain."""
    SENT_AGAIN = auto()
    """It is applied, the reply is lost, and the SDK sends the very same request once more."""


class Wire:
    """A client that is cut at most once, at the next request of one operation."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.waiting: dict[str, Cut] = {}
        """What no request has met yet: a test that leaves any has shown nothing of it."""
        self.cuts: list[tuple[str, Cut]] = []
        """What has been cut: a test that cuts nothing shows nothing."""

    def cut(self, operation: str, cut: Cut) -> None:
        """Cut the next request of `operation`, which is a method of botocore's client."""
        self.waiting[operation] = cut

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def request(**given: Any) -> Any:
            cut = self.waiting.pop(operation, None)
            if cut is None:
                return send(**given)
            self.cuts.append((operation, cut))
            return _cut(cut, lambda: send(**given))

        return request


def _cut(cut: Cut, send: Callable[[], Any]) -> Any:
    match cut:
        case Cut.KILLED_BEFORE:
            raise Killed
        case Cut.KILLED_AFTER:
            send()
            raise Killed
        case Cut.REPLY_LOST:
            send()
            raise ReadTimeoutError(endpoint_url="https://aws")
        case Cut.SENT_AGAIN:
            send()
            return send()

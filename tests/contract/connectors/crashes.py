"""A Lambda that dies around one of its calls."""

from collections.abc import Callable
from typing import Any

from breakwater.ports import HttpResponse


class KilledError(BaseException):
    """A Lambda that was stopped: nothing catches this."""


def kill() -> None:
    raise KilledError


class Around:
    """The real client, with something done around the calls to one address."""

    def __init__(
        self,
        http: Any,
        address: str,
        *,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._http, self._address = http, address
        self._before, self._after = before, after

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        if not url.endswith(self._address):
            answer: HttpResponse = self._http.request(method, url, **options)
            return answer
        self._before()
        answer = self._http.request(method, url, **options)
        self._after()
        return answer

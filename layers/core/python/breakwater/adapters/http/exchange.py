"""One request and what became of it: which failure may pass, and what it may have left behind.

This is the only place where the exceptions of httpx and httpcore turn into Breakwater's. Messages
say who, what and where (service, method, host and path) and nothing more: queries, headers and the
libraries' own texts can hold secrets.
"""

import contextlib
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpcore
import httpx

from breakwater.adapters.http.body import BodyGarbledError, BodyTooLargeError
from breakwater.adapters.http.messages import named_path
from breakwater.domain.errors import PermanentError, ThrottledError, TransientError
from breakwater.ports import HttpResponse, NtlmAccount, Streaming
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.retry import LONGEST_RETRY_AFTER, parse_retry_after

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE_METHODS = SAFE_METHODS | {"PUT", "DELETE"}

_BAD_REQUEST, _REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 400, 408, 429, 503
_ALWAYS_TRANSIENT = frozenset({_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS})
_NAMES_A_TIME = frozenset({_TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE})
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an attempt may take, in seconds: to connect, between two bytes, and in all."""

    connect: float
    read: float
    total: float

    def within(self, seconds: float) -> "Patience":
        """Return what is left of it where only `seconds` remain."""
        return Patience(
            min(self.connect, seconds), min(self.read, seconds), min(self.total, seconds)
        )

    def to_httpx(self) -> httpx.Timeout:
        """Return it as httpx takes it."""
        return httpx.Timeout(connect=self.connect, read=self.read, write=self.read, pool=self.total)


@dataclass(slots=True)
class Exchange:
    """What was asked, and over its attempts, what is known about them."""

    method: str
    url: httpx.URL
    service: str
    correlation_id: str
    deadline: Deadline
    transient: Collection[int]
    vouches: bool
    content: dict[str, Any] = field(repr=False)
    """httpx's `headers`, `json` and `data`."""
    patience: Patience
    """What a healthy service may take for an attempt."""
    own_wait: Callable[[Mapping[str, str]], float | None] | None = None
    """What reads a wait that the vendor names in a 429, besides Retry-After."""
    check: Callable[[HttpResponse], object] | None = None
    """What tells an answer of the service from another one's under a 2xx."""
    ca_bundle: str | None = None
    """The certificates that are trusted; None: the client's own choice."""
    ntlm: NtlmAccount | None = None
    streaming: Streaming | None = None
    """How an answer is awaited that comes bit by bit."""
    granted: Patience = field(init=False)
    """What the current attempt has of it."""
    attempts: int = 0
    retry_after: float | None = None
    """Seconds that the vendor named in its last answer."""
    may_have_applied: bool = False
    """Whether any attempt may have changed something, not just the last."""

    def __post_init__(self) -> None:
        self.granted = self.patience

    def grant(self) -> Patience:
        """Return what the current attempt may take. Raises TransientError if nothing is left."""
        self.granted = self.patience.within(self.deadline.remaining)
        if self.granted.total <= 0.0:
            raise self.transient_error(
                "was not asked, no time is left", may_have_applied=False, blames_service=False
            )
        return self.granted

    @property
    def place(self) -> str:
        """Host and path, without credentials, identifiers and query."""
        return f"{self.url.netloc.decode('ascii')}{named_path(self.url)[:_LONGEST_PATH]}"

    def log_fields(self, status_code: int | None) -> dict[str, object]:
        """Return the fields of a log line about this exchange."""
        return {
            "correlation_id": self.correlation_id,
            "service": self.service,
            "method": self.method,
            "url": f"{self.url.scheme}://{self.place}",
            "status_code": status_code,
            "call_attempt": self.attempts,
        }

    def hear(self, status: int, headers: Mapping[str, str], now: datetime) -> None:
        """Note when a refused request may be sent again: the longest wait that its headers name.

        A vendor may tell how its limits stand with every answer: only a 429 says that one is met.
        """
        named = [parse_retry_after(headers.get("retry-after"), now)]
        if self.own_wait is not None and status == _TOO_MANY_REQUESTS:
            named.append(self.own_wait(headers))
        waits = [min(seconds, LONGEST_RETRY_AFTER) for seconds in named if seconds is not None]
        self.retry_after = max(waits, default=None)

    def transient_error(
        self, what: str, *, may_have_applied: bool, blames_service: bool = True
    ) -> TransientError:
        """Return an error without a status: `what` happened."""
        return TransientError(
            f"{self.service} {what}: {self.method} {self.place}",
            service=self.service,
            may_have_applied=may_have_applied and not self.changes_nothing,
            blames_service=blames_service,
        )

    def timed_out(self, error: httpcore.TimeoutException) -> TransientError:
        """Return the error for an attempt that took too long.

        It blames the service only if the caller's own deadline had not cut the attempt short.
        """
        if isinstance(error, httpcore.PoolTimeout):
            return self.transient_error(
                "was not asked, every connection is in use",
                may_have_applied=False,
                blames_service=False,
            )
        if isinstance(error, httpcore.ConnectTimeout):
            return self.transient_error(
                "could not be reached",
                may_have_applied=False,
                blames_service=self.granted.connect >= self.patience.connect,
            )
        return self.transient_error(
            "did not answer in time",
            may_have_applied=True,
            blames_service=self.granted.total >= self.patience.total,
        )

    def permanent_error(self, what: str) -> PermanentError:
        """Return a refusal that is ours and not the vendor's: no status either."""
        return PermanentError(
            f"{self.service} {what}: {self.method} {self.place}", service=self.service
        )

    @property
    def changes_nothing(self) -> bool:
        """Whether the vendor is only asked for something."""
        return self.method in SAFE_METHODS or self.streaming is not None

    def oversized(self) -> TransientError | PermanentError:
        """Return the error for a 2xx whose body is too large: if it had an effect, it still has."""
        what = "answered with a body that is too large"
        if self.changes_nothing:
            return self.permanent_error(what)
        return self.transient_error(what, may_have_applied=True, blames_service=False)

    def error_for(self, status: int, body: str | None) -> TransientError | PermanentError:
        """Return the error that a status other than 2xx stands for; `body` is redacted."""
        message = f"{self.service} answered {status}: {self.method} {self.place}"
        if not (status >= 500 or status in _ALWAYS_TRANSIENT or status in self.transient):
            return PermanentError(
                message, service=self.service, status_code=status, response_body=body
            )
        refused_for_load = status == _TOO_MANY_REQUESTS
        may_have_applied = not refused_for_load and not self.changes_nothing
        # A 4xx is an answer; that the caller wants to wait for another one makes nobody unwell. A
        # 3xx that may pass is none: the service has sent everybody away.
        blames_service = status >= 500 or status == _REQUEST_TIMEOUT or status < _BAD_REQUEST
        if self.retry_after is not None and status in _NAMES_A_TIME:
            return ThrottledError(
                message,
                retry_after=self.retry_after,
                service=self.service,
                status_code=status,
                response_body=body,
                may_have_applied=may_have_applied,
                blames_service=blames_service,
            )
        return TransientError(
            message,
            service=self.service,
            status_code=status,
            response_body=body,
            may_have_applied=may_have_applied,
            blames_service=blames_service,
        )


@contextlib.contextmanager
def well_formed(service: str) -> Iterator[None]:
    """Turn a request that cannot even be written down into a PermanentError.

    Such as a URL without sense, a header that is not ASCII, or NaN for JSON.
    """
    try:
        yield
    except (httpx.InvalidURL, ValueError):
        # Not "from": the library quotes what it could not take, and that may be the credentials.
        raise PermanentError(
            f"{service} was not asked, the request is malformed", service=service
        ) from None


@contextlib.contextmanager
def translated(exchange: Exchange) -> Iterator[None]:
    """Turn what the HTTP libraries raise inside the block into Breakwater's errors."""
    try:
        yield
    except httpcore.ConnectError as error:
        # httpcore hides the cause, and keeps it as its only argument.
        stranger = any(isinstance(one, ssl.SSLCertVerificationError) for one in error.args)
        what = "showed a certificate that is not trusted" if stranger else "could not be reached"
        raise exchange.transient_error(what, may_have_applied=False) from error
    except httpcore.TimeoutException as error:
        raise exchange.timed_out(error) from error
    except httpcore.NetworkError as error:
        raise exchange.transient_error("broke the connection", may_have_applied=True) from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol):
        # Not "from": the library quotes the offending header, and that may be the credentials.
        raise exchange.permanent_error("was not asked, the request is malformed") from None
    except (httpcore.ProtocolError, httpx.HTTPError, BodyGarbledError) as error:
        raise exchange.transient_error("did not speak HTTP", may_have_applied=True) from error
    except BodyTooLargeError as error:
        raise exchange.oversized() from error

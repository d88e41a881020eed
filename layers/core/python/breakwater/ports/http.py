"""What connectors ask of HTTP and of configuration."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypedDict, Unpack

from breakwater.domain.errors import MAX_BODY_CHARS, TransientError
from breakwater.resilience.deadline import Deadline

_EXCERPT = 16 * 1024


def _withheld(text: str) -> str:  # noqa: ARG001 - whoever knows no secrets shows nothing
    return ""


@dataclass(frozen=True)
class HttpResponse:
    """A vendor's answer with a status below 400 (or one that the caller asked to see)."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names. Like the body they may hold secrets: neither is shown."""
    body: bytes = field(repr=False)
    service: str
    may_have_applied: bool = True
    """Whether asking may have changed something at the vendor: not where it was only read."""
    redact: Callable[[str], str] = field(default=_withheld, repr=False)
    """Takes what is secret out of a text of this answer, what its request was authorized by too.
    Nothing in a vendor's own words becomes a part of an error, a handle or a result without it."""

    @property
    def excerpt(self) -> str | None:
        """The redacted start of the body as an error may carry it; None if there is no body."""
        text = self.body[:_EXCERPT].decode(errors="replace")
        return self.redact(text)[:MAX_BODY_CHARS] or None

    def json(self) -> Any:
        """Return the decoded body. Raises TransientError: a vendor that is well sends JSON."""
        return self._document

    @cached_property
    def _document(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise TransientError(
                f"{self.service} answered {self.status_code} with a body that is not JSON",
                service=self.service,
                status_code=self.status_code,
                may_have_applied=self.may_have_applied,
            ) from error


@dataclass(frozen=True, slots=True)
class NtlmAccount:
    """Whom to be where Windows asks for a password."""

    user: str
    r"""`DOMAIN\user`, or `user@domain`."""
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """How an answer is awaited that comes bit by bit, as its sender makes it up. Seconds.

    It is asked for and changes nothing at the vendor, whatever the method says. That it takes its
    time is no failure; that it pauses too long, lasts too long or is too long, is.
    """

    is_whole: Callable[[bytes], bool]
    """Whether an answer has said its last word, by its last bytes: the connection may stay open."""
    max_bytes: int
    between_bytes: float = 30.0
    total: float = 120.0


class HttpOptions(TypedDict, total=False):
    """What a request may carry beyond its method, URL and bounds; see HttpClient.request."""

    repeatable: bool | None
    vouches: bool
    transient: Collection[int]
    check: Callable[[HttpResponse], object] | None
    retry_after: Callable[[Mapping[str, str]], float | None]
    headers: Mapping[str, str]
    json_body: Any
    form: Mapping[str, str]
    params: Mapping[str, str]
    ca_bundle: str | None
    ntlm: NtlmAccount | None
    streaming: Streaming | None


class HttpClient(Protocol):
    """HTTP with bounded time and tries: adapters.http.RetryableHTTPClient."""

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        correlation_id: str,
        deadline: Deadline,
        **options: Unpack[HttpOptions],
    ) -> HttpResponse:
        """Send a request, within `deadline`, up to three times.

        `repeatable` says whether sending it twice is as good as once; by default GET, HEAD,
        OPTIONS, PUT and DELETE are, POST and PATCH are not. `transient` names further statuses that
        may pass. `check` raises TransientError for a 2xx that is no answer of the service, such as
        a page of whatever stands in front of it: that counts as a failure. `vouches` is False for
        what may answer while the service itself is down, such as a login: its answers do not close
        a circuit, its failures count. `retry_after` reads from the headers of a 429 the seconds
        until it may be asked again, where a vendor tells them other than by Retry-After; the longer
        wait counts. `ca_bundle` holds the certificates (PEM) that are trusted instead of the public
        authorities'. `ntlm` answers Windows' challenge, on a connection that carries nothing else.
        `streaming` awaits an answer that comes bit by bit, longer than any other may take. Raises
        TransientError (ThrottledError where the vendor named a time that is too long to wait for
        here), PermanentError, CircuitBreakerOpenError where the service's circuit refuses a try,
        and ConfigurationError where `ca_bundle` cannot be read.
        """
        ...


class ConfigurationSource(Protocol):
    """Where a service is and how to log in to it.

    Both raise ConfigurationError, and TransientError while neither can be read.
    """

    def settings(self, service: str) -> Mapping[str, Any]:
        """Return the service's settings: base URLs and options, never from a payload."""
        ...

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        """Return the service's credentials; `fresh` reads past the cache, after a rotation."""
        ...

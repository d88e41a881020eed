"""A vendor's API behind a login: whatever the login is, a 401 renews it once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Unpack

from breakwater.domain.errors import PermanentError
from breakwater.ports import HttpClient, HttpOptions, HttpResponse, NtlmAccount, Run

UNAUTHORIZED = 401
NEVER = float("inf")

Credentials = Callable[[bool], Mapping[str, str]]
"""Gives a service's secret; True asks past the cache, after a rotation. Raises
ConfigurationError, TransientError."""


Check = Callable[[HttpResponse], object]
"""Raises TransientError for what is no answer of the service."""


def json_if_any(answer: HttpResponse) -> None:
    """Raise TransientError where a body is not JSON: a vendor that is well sends no other."""
    if answer.body.strip():
        answer.json()


@dataclass(frozen=True, slots=True)
class Pass:
    """What a login gives: headers that open the vendor's API, until `renew_at` (monotonic).

    Or an account, where the vendor asks for it anew on each connection.
    """

    headers: Mapping[str, str]
    renew_at: float = NEVER
    ntlm: NtlmAccount | None = None


class Login(Protocol):
    """How a vendor lets us in."""

    def __call__(self, run: Run, *, fresh: bool) -> Pass:
        """Log in, with credentials past the cache if `fresh`.

        Raises ConfigurationError where the secret lacks something, and what HttpClient raises.
        """
        ...


class Session:
    """Sends requests with a pass that is shared by all runs of an environment.

    A 401 renews pass and credentials once and sends the request again: it had changed nothing.
    Requests that name no `check` of their own have the session's.
    """

    def __init__(
        self,
        *,
        service: str,
        http: HttpClient,
        monotonic: Callable[[], float],
        login: Login,
        check: Check | None = json_if_any,
    ) -> None:
        self._service = service
        self._http = http
        self._monotonic = monotonic
        self._login = login
        self._check = check
        self._pass: Pass | None = None

    def request(
        self, run: Run, method: str, url: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        """Send an authenticated request; `options` and errors are those of ports.HttpClient."""
        try:
            return self._send(run, method, url, options)
        except PermanentError as error:
            if error.status_code != UNAUTHORIZED:
                raise
        self._pass = self._login(run, fresh=True)
        return self._send(run, method, url, options)

    def _send(self, run: Run, method: str, url: str, options: HttpOptions) -> HttpResponse:
        if self._pass is None or self._pass.renew_at <= self._monotonic():
            self._pass = self._login(run, fresh=False)
        authorized: HttpOptions = {
            "check": self._check,
            **options,
            "headers": {**options.get("headers", {}), **self._pass.headers},
        }
        if self._pass.ntlm is not None:
            authorized["ntlm"] = self._pass.ntlm
        return self._http.request(
            method,
            url,
            service=self._service,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
            **authorized,
        )

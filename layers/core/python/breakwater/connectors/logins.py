"""The logins that vendors share; one with its own is in that vendor's folder."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from breakwater.connectors.session import Credentials, Pass
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    TransientError,
)
from breakwater.ports import HttpClient, HttpResponse, Run

MARGIN_SECONDS = 60.0
"""A token is renewed this long before it ends, or after 4/5 of a life that is shorter."""


def field(service: str, secret: Mapping[str, str], name: str) -> str:
    """Return a field of a service's secret. Raises ConfigurationError."""
    try:
        return secret[name]
    except KeyError as missing:
        raise ConfigurationError(f"{service}'s secret lacks {missing}") from missing


class ClientCredentials:
    """OAuth's client credentials grant (RFC 6749, section 4.4): `{client_id, client_secret}`."""

    def __init__(
        self,
        *,
        service: str,
        http: HttpClient,
        monotonic: Callable[[], float],
        token_url: str,
        credentials: Credentials,
        scope: str | None = None,
    ) -> None:
        self._service = service
        self._http = http
        self._monotonic = monotonic
        self._token_url = token_url
        self._credentials = credentials
        self._scope = scope

    def __call__(self, run: Run, *, fresh: bool) -> Pass:
        """Return a token's pass; connectors.session.Login says what is raised."""
        form = self._form(self._credentials(fresh))
        answer = post_login(
            self._http, run, self._token_url, service=self._service, options={"form": form}
        )
        return self._read(answer)

    def _form(self, secret: Mapping[str, str]) -> dict[str, str]:
        form = {
            "grant_type": "client_credentials",
            "client_id": field(self._service, secret, "client_id"),
            "client_secret": field(self._service, secret, "client_secret"),
        }
        return {**form, "scope": self._scope} if self._scope else form

    def _read(self, answer: Any) -> Pass:
        try:
            token, lifetime = answer["access_token"], float(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            token, lifetime = None, 0.0
        return bearer(self._service, token, self._monotonic() + useful(lifetime))


class Standing:
    """A token or password that does not end; only its rotation, seen by a 401, renews it."""

    def __init__(
        self, header: Callable[[Mapping[str, str]], str], credentials: Credentials
    ) -> None:
        """`header` makes the Authorization header of a secret."""
        self._header = header
        self._credentials = credentials

    def __call__(self, run: Run, *, fresh: bool) -> Pass:  # noqa: ARG002 - nobody is asked
        """Return the secret's pass."""
        return Pass({"Authorization": self._header(self._credentials(fresh))})


def basic(user: str, password: str) -> str:
    """Return the header of HTTP's Basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def useful(lifetime: float) -> float:
    """Return for how many of a token's seconds it is used."""
    return lifetime - min(MARGIN_SECONDS, lifetime / 5)


def bearer(service: str, token: object, renew_at: float) -> Pass:
    """Return a token's pass. Raises TransientError where a login was answered without one."""
    if not (isinstance(token, str) and token):
        # Without the body: it may hold the token under another name.
        raise TransientError(
            f"{service} answered a login without a token", service=service, may_have_applied=False
        )
    return Pass({"Authorization": f"Bearer {token}"}, renew_at)


def post_login(
    http: HttpClient, run: Run, url: str, *, service: str, options: Mapping[str, Any]
) -> Any:
    """Return what a login answered; `options` has its `form` or `json_body`."""
    try:
        answer = http.request(
            "POST",
            url,
            service=service,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
            repeatable=True,
            vouches=False,  # a login often answers from another house than what it opens
            check=HttpResponse.json,
            **options,
        )
        return answer.json()
    except (TransientError, CircuitBreakerOpenError) as error:
        # What needed the login was not sent, or refused with 401: a login changes nothing.
        error.may_have_applied = False
        raise

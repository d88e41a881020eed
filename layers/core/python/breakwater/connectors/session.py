"""A vendor's API behind a client-credentials login (RFC 6749, section 4.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Unpack

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    TransientError,
)
from breakwater.ports import HttpClient, HttpOptions, HttpResponse, Run

UNAUTHORIZED = 401
MARGIN_SECONDS = 60.0
"""A token is renewed this long before it ends, or after 4/5 of a life that is shorter."""

Credentials = Callable[[bool], Mapping[str, str]]
"""Gives `{client_id, client_secret}`; True asks past the cache, after a rotation."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    renew_at: float


class OAuthSession:
    """Sends requests with a token that is shared by all runs of an environment.

    A 401 renews token and credentials once and sends the request again: it had changed nothing.
    """

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
        self._token: _Token | None = None

    def request(
        self, run: Run, method: str, url: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        """Send an authenticated request; `options` and errors are those of ports.HttpClient."""
        try:
            return self._send(run, method, url, options)
        except PermanentError as error:
            if error.status_code != UNAUTHORIZED:
                raise
        self._token = self._log_in(run, fresh=True)
        return self._send(run, method, url, options)

    def _send(self, run: Run, method: str, url: str, options: HttpOptions) -> HttpResponse:
        if self._token is None or self._token.renew_at <= self._monotonic():
            self._token = self._log_in(run, fresh=False)
        authorization = {"Authorization": f"Bearer {self._token.value}"}
        authorized: HttpOptions = {
            **options,
            "headers": {**options.get("headers", {}), **authorization},
        }
        return self._http.request(
            method,
            url,
            service=self._service,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
            **authorized,
        )

    def _log_in(self, run: Run, *, fresh: bool) -> _Token:
        form = self._form(self._credentials(fresh))
        try:
            answer = self._http.request(
                "POST",
                self._token_url,
                service=self._service,
                correlation_id=run.correlation_id,
                deadline=run.deadline,
                repeatable=True,
                vouches=False,  # a login often answers from another house than what it opens
                form=form,
            )
            return self._read(answer.json())
        except (TransientError, CircuitBreakerOpenError) as error:
            # What needed the token was not sent, or refused with 401: a login changes nothing.
            error.may_have_applied = False
            raise

    def _form(self, secret: Mapping[str, str]) -> dict[str, str]:
        try:
            form = {
                "grant_type": "client_credentials",
                "client_id": secret["client_id"],
                "client_secret": secret["client_secret"],
            }
        except KeyError as missing:
            raise ConfigurationError(f"{self._service}'s secret lacks {missing}") from missing
        if self._scope:
            form["scope"] = self._scope
        return form

    def _read(self, answer: Any) -> _Token:
        try:
            value, lifetime = answer["access_token"], float(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            value, lifetime = None, 0.0
        if not (isinstance(value, str) and value):
            # Not "from" anything and without the body: it may hold the token under another name.
            raise TransientError(
                f"{self._service} answered a login without a token", service=self._service
            )
        margin = min(MARGIN_SECONDS, lifetime / 5)
        return _Token(value=value, renew_at=self._monotonic() + lifetime - margin)

"""Landscape's login: an access key is changed for a token that opens both of its APIs."""

from collections.abc import Callable, Mapping

from breakwater.connectors.landscape import SERVICE
from breakwater.connectors.logins import bearer, field, post_login, useful
from breakwater.connectors.session import Credentials, Pass
from breakwater.ports import HttpClient, Run

TOKEN_MINUTES = 60
"""How long a token is asked to last: the answer does not say, and the default is a day."""


class AccessKey:
    """connectors.session.Login by `{access_key, secret_key}`."""

    def __init__(
        self,
        *,
        http: HttpClient,
        monotonic: Callable[[], float],
        base_url: str,
        credentials: Credentials,
    ) -> None:
        self._http = http
        self._monotonic = monotonic
        self._url = f"{base_url}/api/v2/login/access-key"
        self._credentials = credentials

    def __call__(self, run: Run, *, fresh: bool) -> Pass:
        """Return a token's pass; connectors.session.Login says what is raised."""
        secret = self._credentials(fresh)
        body = {
            "access_key": field(SERVICE, secret, "access_key"),
            "secret_key": field(SERVICE, secret, "secret_key"),
            "expiry_minutes": TOKEN_MINUTES,
        }
        answer = post_login(
            self._http, run, self._url, service=SERVICE, options={"json_body": body}
        )
        token = answer.get("token") if isinstance(answer, Mapping) else None
        return bearer(SERVICE, token, self._monotonic() + useful(TOKEN_MINUTES * 60.0))

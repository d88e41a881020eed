"""How a ServiceNow instance lets us in: by OAuth or by a password, whichever the secret holds."""

from collections.abc import Callable, Mapping

from breakwater.connectors.logins import ClientCredentials, Standing, basic, field
from breakwater.connectors.servicenow.table import SERVICE
from breakwater.connectors.session import Credentials, Login, Pass
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import HttpClient, Run


class InstanceLogin:
    """`{client_id, client_secret}` asks for tokens, `{username, password}` is HTTP's Basic.

    The secret decides each time, so that a rotation may change from one to the other. Where it has
    both, tokens are safer: they end by themselves.
    """

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
        self._token_url = f"{base_url}/oauth_token.do"
        self._credentials = credentials

    def __call__(self, run: Run, *, fresh: bool) -> Pass:
        """Return a pass; connectors.session.Login says what is raised."""
        secret = self._credentials(fresh)
        return self._login(secret)(run, fresh=fresh)

    def _login(self, secret: Mapping[str, str]) -> Login:
        if "client_id" in secret:
            return ClientCredentials(
                service=SERVICE,
                http=self._http,
                monotonic=self._monotonic,
                token_url=self._token_url,
                credentials=lambda _fresh: secret,
            )
        if "username" in secret:
            return Standing(
                lambda held: basic(held["username"], field(SERVICE, held, "password")),
                lambda _fresh: secret,
            )
        raise ConfigurationError(
            f"{SERVICE}'s secret lacks client_id and client_secret, or username and password"
        )

"""An SCCM connector from this deployment's settings."""

from collections.abc import Mapping
from typing import Any

from breakwater.connectors.logins import ClientCredentials, field
from breakwater.connectors.sccm.connector import SccmConnector
from breakwater.connectors.sccm.provider import SERVICE, AdminService
from breakwater.connectors.session import Credentials, Login, Pass, Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient, NtlmAccount, Run

ROUTES = {"entra": "AdminService_TokenAuth", "ntlm": "AdminService"}
"""Where the AdminService takes which login."""


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> SccmConnector:
    """Return the connector. Raises ConfigurationError naming the setting that is missing or wrong.

    Settings: `{provider_url, login: "ntlm", ca_bundle?}` with the secret `{user, password}`, or
    `{provider_url, login: "entra", login_url, tenant, scope, ca_bundle?}` with the secret
    `{client_id, client_secret}`. `ca_bundle` holds the certificates (PEM) that the provider is
    verified by where it has its default one, signed by the site itself.
    """
    settings = source.settings(SERVICE)

    def credentials(fresh: bool) -> Mapping[str, str]:
        return source.secret(SERVICE, fresh=fresh)

    try:
        route = ROUTES[_one_of(settings, "login", ROUTES)]
        base_url = f"{settings['provider_url'].rstrip('/')}/{route}"
        login: Login = NtlmLogin(credentials)
        if settings["login"] == "entra":
            login = _entra(settings, http, clock, credentials)
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    session = Session(service=SERVICE, http=http, monotonic=clock.monotonic, login=login)
    bundle = settings.get("ca_bundle")
    if not isinstance(bundle, str | None):
        raise ConfigurationError(f"{SERVICE}'s ca_bundle must be the text of certificates")
    return SccmConnector(AdminService(base_url=base_url, session=session, ca_bundle=bundle))


class NtlmLogin:
    """A user and a password, asked for on each connection: the secret `{user, password}`."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, run: Run, *, fresh: bool) -> Pass:  # noqa: ARG002 - nobody is asked
        """Return the account. Raises ConfigurationError where the secret lacks something."""
        secret = self._credentials(fresh)
        account = NtlmAccount(field(SERVICE, secret, "user"), field(SERVICE, secret, "password"))
        return Pass({}, ntlm=account)


def _entra(
    settings: Mapping[str, Any], http: HttpClient, clock: Clock, credentials: Credentials
) -> Login:
    return ClientCredentials(
        service=SERVICE,
        http=http,
        monotonic=clock.monotonic,
        token_url=f"{settings['login_url'].rstrip('/')}/{settings['tenant']}/oauth2/v2.0/token",
        credentials=credentials,
        scope=settings["scope"],
    )


def _one_of(settings: Mapping[str, Any], name: str, known: Mapping[str, str]) -> str:
    value = str(settings[name])
    if value not in known:
        raise ConfigurationError(f"{SERVICE}'s {name} must be {' or '.join(known)}, not {value}")
    return value

"""A Landscape connector from this deployment's settings."""

from breakwater.connectors.landscape import SERVICE
from breakwater.connectors.landscape.api import Landscape
from breakwater.connectors.landscape.connector import LandscapeConnector
from breakwater.connectors.landscape.errors import NamedErrors
from breakwater.connectors.landscape.login import AccessKey
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> LandscapeConnector:
    """Return the connector. Raises ConfigurationError naming the setting that is missing.

    Settings: `{landscape_url, api_user}`; the user, an email address, is the one whose access key
    this is, and does nothing else. Secret: `{access_key, secret_key}`.
    """
    settings = source.settings(SERVICE)
    try:
        base_url, api_user = settings["landscape_url"].rstrip("/"), settings["api_user"]
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    named = NamedErrors(http)
    session = Session(
        service=SERVICE,
        http=named,
        monotonic=clock.monotonic,
        login=AccessKey(
            http=named,
            monotonic=clock.monotonic,
            base_url=base_url,
            credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
        ),
    )
    return LandscapeConnector(Landscape(base_url=base_url, session=session), api_user=api_user)

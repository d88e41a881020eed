"""A Jamf Pro connector from this deployment's settings."""

from breakwater.connectors.jamf import SERVICE
from breakwater.connectors.jamf.api import JamfPro
from breakwater.connectors.jamf.connector import JamfConnector
from breakwater.connectors.logins import ClientCredentials
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> JamfConnector:
    """Return the connector. Raises ConfigurationError naming the setting that is missing.

    Settings: `{jamf_url}`. Secret: `{client_id, client_secret}` of an API client that may "Send
    Computer Remote Command to Install Package", "View MDM command information in Jamf Pro API" and
    "Read Computers".
    """
    settings = source.settings(SERVICE)
    try:
        base_url = settings["jamf_url"].rstrip("/")
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    session = Session(
        service=SERVICE,
        http=http,
        monotonic=clock.monotonic,
        login=ClientCredentials(
            service=SERVICE,
            http=http,
            monotonic=clock.monotonic,
            token_url=f"{base_url}/api/v1/oauth/token",
            credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
        ),
    )
    return JamfConnector(JamfPro(base_url=base_url, session=session, http=http))

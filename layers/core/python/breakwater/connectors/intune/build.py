"""An Intune connector from this deployment's settings."""

from breakwater.connectors.intune.connector import IntuneConnector
from breakwater.connectors.intune.graph import SCOPE, SERVICE, Graph
from breakwater.connectors.logins import ClientCredentials
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> IntuneConnector:
    """Return the connector. Raises ConfigurationError naming the setting that is missing.

    Settings: `{graph_url, login_url, tenant, download_hosts}`; a host that begins with a dot stands
    for every host below it. Secret: `{client_id, client_secret}`.
    """
    settings = source.settings(SERVICE)
    try:
        token_url = f"{settings['login_url'].rstrip('/')}/{settings['tenant']}/oauth2/v2.0/token"
        graph_url, download_hosts = settings["graph_url"], settings["download_hosts"]
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
            token_url=token_url,
            credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
            scope=SCOPE,
        ),
    )
    graph = Graph(base_url=graph_url, session=session, http=http, download_hosts=download_hosts)
    return IntuneConnector(graph)

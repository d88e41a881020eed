"""An Ansible connector from this deployment's settings."""

from breakwater.connectors.ansible import SERVICE
from breakwater.connectors.ansible.connector import AnsibleConnector
from breakwater.connectors.ansible.controller import Controller
from breakwater.connectors.logins import Standing, field
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> AnsibleConnector:
    """Return the connector. Raises ConfigurationError naming the setting that is missing or wrong.

    Settings: `{controller_url, api_prefix, organization_id}`; the prefix is `/api/v2/`, or
    `/api/controller/v2/` from AAP 2.5 on, and the organization is whose labels are made. Secret:
    `{token}`, an OAuth 2 token of a user who may write.
    """
    settings = source.settings(SERVICE)
    try:
        base_url, prefix = settings["controller_url"].rstrip("/"), settings["api_prefix"].strip("/")
        organization_id = int(settings["organization_id"])
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    except (TypeError, ValueError) as wrong:
        raise ConfigurationError(f"{SERVICE}'s organization_id is not a number") from wrong
    session = Session(
        service=SERVICE,
        http=http,
        monotonic=clock.monotonic,
        login=Standing(
            header=lambda secret: f"Bearer {field(SERVICE, secret, 'token')}",
            credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
        ),
    )
    return AnsibleConnector(
        Controller(
            api_url=f"{base_url}/{prefix}",
            organization_id=organization_id,
            session=session,
            http=http,
        )
    )

"""A ServiceNow integration from this deployment's settings."""

from breakwater.connectors.servicenow.connector import CHANGES, ServiceNowIntegration
from breakwater.connectors.servicenow.login import InstanceLogin
from breakwater.connectors.servicenow.table import SERVICE, Tables
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient

FIELDS = (
    "number",
    "short_description",
    "type",
    "state",
    "approval",
    "priority",
    "risk",
    "impact",
    "assignment_group",
    "assigned_to",
    "cmdb_ci",
    "start_date",
    "end_date",
    "work_start",
    "work_end",
    "close_code",
    "correlation_id",
    "correlation_display",
    "sys_created_on",
)
"""What is pulled of a change request: all that says what, when, whose and how it stands."""


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> ServiceNowIntegration:
    """Return the integration. Raises ConfigurationError naming the setting that is missing.

    Settings: `{instance_url, table?, fields?}`, the last two for what is pulled. Secret:
    `{client_id, client_secret}` or `{username, password}`. The user must be allowed to read
    sys_updated_on, and to read and write correlation_id: by them rows are placed and found.
    """
    settings = source.settings(SERVICE)
    try:
        base_url = settings["instance_url"].rstrip("/")
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    login = InstanceLogin(
        http=http,
        monotonic=clock.monotonic,
        base_url=base_url,
        credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
    )
    session = Session(service=SERVICE, http=http, monotonic=clock.monotonic, login=login)
    return ServiceNowIntegration(
        Tables(base_url=base_url, session=session),
        web_url=base_url,
        table=settings.get("table", CHANGES),
        fields=settings.get("fields", FIELDS),
    )

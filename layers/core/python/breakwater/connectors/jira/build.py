"""A Jira integration from this deployment's settings."""

from collections.abc import Mapping
from datetime import timedelta

from breakwater.connectors.jira.connector import JiraIntegration
from breakwater.connectors.jira.pull import Pull
from breakwater.connectors.jira.quota import SERVICE, Quota
from breakwater.connectors.jira.site import LoggedIn, Site
from breakwater.connectors.logins import Standing, basic, field
from breakwater.connectors.session import Session
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, HttpClient

FIELDS = ("summary", "status", "issuetype", "project", "priority", "labels", "created")
INDEX_LAG_SECONDS = 300
LEAST_INDEX_LAG_SECONDS = 60
"""A pull ends at the lag before now: without one it would run after its own pages for ever."""
FIRST_PULL_DAYS = 365


def build(source: ConfigurationSource, http: HttpClient, clock: Clock) -> JiraIntegration:
    """Return the integration. Raises ConfigurationError naming the setting that is missing.

    Settings: `site_url`; `tasks_url`, below which our tasks are, for the link on an issue; and,
    with defaults: `projects`, the keys of those that are pulled (all), `fields` that are pulled,
    `first_pull_days`, how far the first pull goes back (365), `index_lag_seconds`, how long Jira's
    searches may be behind (300; 60 at least), `change_issue_type` (Task). Secret: `{email,
    api_token}`.
    """
    settings = source.settings(SERVICE)
    try:
        site_url, tasks_url = settings["site_url"], settings["tasks_url"]
    except KeyError as missing:
        raise ConfigurationError(f"{SERVICE}'s settings lack {missing}") from missing
    session = Session(
        service=SERVICE,
        http=LoggedIn(http),
        monotonic=clock.monotonic,
        login=Standing(_header, lambda fresh: source.secret(SERVICE, fresh=fresh)),
    )
    site = Site(site_url=site_url, session=session, quota=Quota(clock))
    lag = settings.get("index_lag_seconds", INDEX_LAG_SECONDS)
    if lag < LEAST_INDEX_LAG_SECONDS:
        raise ConfigurationError(
            f"{SERVICE}'s index_lag_seconds must be at least {LEAST_INDEX_LAG_SECONDS}"
        )
    index_lag = timedelta(seconds=lag)
    pull = Pull(
        site,
        projects=settings.get("projects", ()),
        fields=settings.get("fields", FIELDS),
        index_lag=index_lag,
        first_pull=timedelta(days=settings.get("first_pull_days", FIRST_PULL_DAYS)),
    )
    return JiraIntegration(
        site,
        pull,
        index_lag=index_lag,
        issue_type=settings.get("change_issue_type", "Task"),
        tasks_url=tasks_url,
    )


def _header(secret: Mapping[str, str]) -> str:
    return basic(field(SERVICE, secret, "email"), field(SERVICE, secret, "api_token"))

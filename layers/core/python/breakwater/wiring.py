"""How vendors are called: the part of an object graph that steps and upkeep share.

Like bootstrap's, its imports are inside the builders.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from breakwater.adapters.clock import SystemClock
from breakwater.registry import connectors
from breakwater.settings import StepSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.adapters.aws import Timeouts
    from breakwater.resilience.guards import Guards
    from breakwater.resilience.observer import Observer
    from breakwater.services.deployment import Connectors
    from breakwater.services.waits import Waits


def vendors(
    settings: StepSettings | UpkeepSettings,
    timeouts: "Timeouts",
    clock: SystemClock,
    observer: "Observer",
    opened: ExitStack,
) -> "Connectors":
    """Return what gives the connector of a service; its settings are read within `timeouts`.

    What it opens is closed with `opened`.
    """
    from breakwater.adapters.aws import client
    from breakwater.adapters.configuration import AwsConfiguration
    from breakwater.adapters.http import RetryableHTTPClient

    configuration = AwsConfiguration(
        ssm=client("ssm", timeouts),
        secrets=client("secretsmanager", timeouts),
        path=settings.connectors_path,
    )
    http = RetryableHTTPClient(
        clock=clock,
        guards=_guards(settings, clock, observer),
        backoff_min=settings.backoff_min_seconds,
        backoff_max=settings.backoff_max_seconds,
    )
    opened.callback(http.close)
    return connectors(configuration, http, clock)


def _guards(
    settings: StepSettings | UpkeepSettings, clock: SystemClock, observer: "Observer"
) -> "Guards":
    """Return every service's guard; its storage is waited for only a moment."""
    from breakwater.adapters.aws import BREAKER, client
    from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.resilience.guards import Guards
    from breakwater.resilience.registry import settings_of
    from breakwater.resilience.steady import SteadyStore

    dynamodb = client("dynamodb", BREAKER)
    store = DynamoBreakerStore(
        dynamodb, circuits_table=settings.circuits_table, events_table=settings.events_table
    )
    return Guards(
        settings_of(settings.breakers),
        store=SteadyStore(store, time=clock),
        slots=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        time=clock,
        observer=observer,
    )


def waits(settings: StepSettings, clock: SystemClock) -> "Waits":
    """Return when tasks go on that have to wait, for the stage's own intervals."""
    from breakwater.resilience.registry import settings_of
    from breakwater.services.waits import Waits, comeback

    return Waits(
        clock,
        poll_interval_seconds=settings.poll_interval_seconds,
        comeback_seconds={
            service: comeback(chosen.breaker.reset_timeout)
            for service, chosen in settings_of(settings.breakers).items()
        },
    )

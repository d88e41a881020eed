"""How vendors are called: what steps and upkeep share."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakwater.adapters.clock import SystemClock
from breakwater.ports import Completions, ConfigurationSource, HttpClient, Probed
from breakwater.registry import INTEGRATED, PROVIDER, connectors, integrations
from breakwater.settings import StepSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.adapters.aws import Timeouts
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.connectors.ai.provider import ConfiguredProvider
    from breakwater.resilience.guards import Guards
    from breakwater.resilience.observer import Observer
    from breakwater.services.deployment import Connectors
    from breakwater.services.sync import Integrations
    from breakwater.services.waits import Waits


@dataclass(frozen=True, slots=True)
class Vendors:
    """What gives a service's connector, or a system's integration; and the AI provider."""

    connectors: "Connectors"
    integrations: "Integrations"
    provider: "ConfiguredProvider"

    def probed(self, service: str) -> Probed:
        """Return whichever of them the service has. Raises ConfigurationError."""
        if service == PROVIDER:
            return self.provider
        if service in INTEGRATED:
            return self.integrations(service)
        return self.connectors(service)


def vendors(
    settings: StepSettings | UpkeepSettings,
    timeouts: "Timeouts",
    clock: SystemClock,
    observer: "CircuitsObserver",
    opened: ExitStack,
) -> Vendors:
    """Return what gives connectors and integrations; settings are read within `timeouts`.

    What it opens is closed with `opened`.
    """
    from breakwater.adapters.aws import client
    from breakwater.adapters.configuration import AwsConfiguration
    from breakwater.adapters.http import RetryableHTTPClient
    from breakwater.adapters.tracing import trace_headers

    configuration = AwsConfiguration(
        ssm=client("ssm", timeouts),
        secrets=client("secretsmanager", timeouts),
        path=settings.connectors_path,
    )
    guards = _guards(settings, clock, observer)
    http = RetryableHTTPClient(
        clock=clock,
        guards=guards,
        observer=observer,
        trace=trace_headers,
        backoff_min=settings.backoff_min_seconds,
        backoff_max=settings.backoff_max_seconds,
    )
    opened.callback(http.close)
    return Vendors(
        connectors(configuration, http, clock),
        integrations(configuration, http, clock),
        _provider(configuration, http, clock, guards, observer),
    )


def _provider(
    source: ConfigurationSource,
    http: HttpClient,
    clock: SystemClock,
    guards: "Guards",
    observer: "CircuitsObserver",
) -> "ConfiguredProvider":
    """Return the AI provider; what speaks with its kind is imported when it is first asked."""
    from breakwater.connectors.ai.provider import ConfiguredProvider

    def openai() -> Completions:
        from breakwater.connectors.ai.openai import OpenAiCompletions

        return OpenAiCompletions(source, http, clock)

    def bedrock() -> Completions:
        from breakwater.adapters.aws import client
        from breakwater.adapters.bedrock import TIMEOUTS, BedrockCompletions

        return BedrockCompletions(
            client("bedrock-runtime", TIMEOUTS), guards=guards, clock=clock, observer=observer
        )

    return ConfiguredProvider(source, {"openai": openai, "bedrock": bedrock})


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

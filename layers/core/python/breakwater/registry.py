"""The vendors, by name: each is a package of `connectors`, imported when it is first needed.

`connectors.<service>.build` has the function `build`, which makes the connector or integration from
this deployment's settings; `connectors.<service>.payload` has the model `Payload` of what may be
asked of a connector. docs/adding-a-connector.md shows how a service is added.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, Connector, HttpClient, Integration

if TYPE_CHECKING:
    from breakwater.ports.payloads import ConnectorPayload

DEPLOYABLE = ("intune", "landscape", "ansible", "sccm", "jamf")
"""What deployments go to."""

INTEGRATED = ("servicenow", "jira")
"""What syncs pull from, and what documents deployments."""


PROVIDER = "ai"
"""What chats go to; `connectors.ai.provider` says which it is."""


def _payload(service: str) -> "type[ConnectorPayload]":
    module = import_module(f"breakwater.connectors.{service}.payload")
    model: type[ConnectorPayload] = module.Payload
    return model


PAYLOADS: Mapping[str, Callable[[], "type[ConnectorPayload]"]] = {
    service: partial(_payload, service) for service in DEPLOYABLE
}


def connectors(
    source: ConfigurationSource, http: HttpClient, clock: Clock
) -> Callable[[str], Connector]:
    """Return what gives the connector of a service, built once and kept with its tokens."""

    @cache
    def connector(service: str) -> Connector:
        if service not in DEPLOYABLE:
            raise ConfigurationError(f"there is no connector for {service}")
        built: Connector = _build(service, source, http, clock)
        return built

    return connector


def integrations(
    source: ConfigurationSource, http: HttpClient, clock: Clock
) -> Callable[[str], Integration]:
    """Return what gives the integration of a system, built once and kept with its tokens."""

    @cache
    def integration(system: str) -> Integration:
        if system not in INTEGRATED:
            raise ConfigurationError(f"there is no integration of {system}")
        built: Integration = _build(system, source, http, clock)
        return built

    return integration


def _build(service: str, source: ConfigurationSource, http: HttpClient, clock: Clock) -> Any:
    return import_module(f"breakwater.connectors.{service}.build").build(source, http, clock)

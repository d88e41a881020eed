"""The vendors: each service's payload model and connector, imported when first needed."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from breakwater.domain.errors import ConfigurationError
from breakwater.ports import Clock, ConfigurationSource, Connector, HttpClient

if TYPE_CHECKING:
    from pydantic import BaseModel


def _intune_payload() -> "type[BaseModel]":
    from breakwater.connectors.intune.payload import IntunePayload

    return IntunePayload


def _intune(source: ConfigurationSource, http: HttpClient, clock: Clock) -> Connector:
    from breakwater.connectors.intune.build import build

    return build(source, http, clock)


PAYLOADS: Mapping[str, Callable[[], "type[BaseModel]"]] = {"intune": _intune_payload}

_CONNECTORS: Mapping[str, Callable[[ConfigurationSource, HttpClient, Clock], Connector]] = {
    "intune": _intune,
}


def connectors(
    source: ConfigurationSource, http: HttpClient, clock: Clock
) -> Callable[[str], Connector]:
    """Return what gives the connector of a service, built once and kept with its tokens."""

    @cache
    def connector(service: str) -> Connector:
        try:
            make = _CONNECTORS[service]
        except KeyError as error:
            raise ConfigurationError(f"there is no connector for {service}") from error
        return make(source, http, clock)

    return connector

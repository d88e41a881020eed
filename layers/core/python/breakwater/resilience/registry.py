"""The services that have a breaker, and how each is set."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.domain.errors import ConfigurationError
from breakwater.resilience.circuit import BreakerSettings

SERVICES = (
    "servicenow",
    "jira",
    "intune",
    "jamf",
    "sccm",
    "landscape",
    "ansible",
    "ai",
)
"""The specification's seven, and the AI provider: every external call is guarded."""

DEFAULT = "default"
BULKHEAD = "bulkhead"
_WHOLE = frozenset({"fail_max", "successes_to_close", BULKHEAD})
_OPTIONAL = frozenset({"slow_call"})
_FIELDS = frozenset(field.name for field in dataclasses.fields(BreakerSettings)) | {BULKHEAD}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How one service is guarded; `bulkhead` is how many calls may be in flight fleet-wide."""

    breaker: BreakerSettings
    bulkhead: int | None = None


def settings_of(breakers_json: str) -> Mapping[str, ServiceSettings]:
    """Return every service's settings: `default`'s, with the service's own laid over them.

    `breakers_json` is `{service or "default": {field of BreakerSettings or "bulkhead": value}}`.
    Raises: ConfigurationError with every fault.
    """
    try:
        given = json.loads(breakers_json)
    except ValueError as error:
        raise ConfigurationError("BREAKERS is not JSON") from error
    if faults := list(_faults(given)):
        raise ConfigurationError("BREAKERS: " + "; ".join(faults))
    default = given.get(DEFAULT, {})
    return {service: _settings({**default, **given.get(service, {})}) for service in SERVICES}


def _settings(values: Mapping[str, Any]) -> ServiceSettings:
    breaker = {name: value for name, value in values.items() if name != BULKHEAD}
    return ServiceSettings(BreakerSettings(**breaker), values.get(BULKHEAD))


def _faults(given: Any) -> list[str]:
    if not isinstance(given, dict):
        return ["expected an object"]
    faults = [f"unknown service {name}" for name in given if name not in {DEFAULT, *SERVICES}]
    for service, fields in given.items():
        if not isinstance(fields, dict):
            faults.append(f"{service}: expected an object")
            continue
        faults += [
            f"{service}.{name} {fault}"
            for name, value in fields.items()
            if (fault := _fault(name, value))
        ]
    return faults


def _fault(name: str, value: Any) -> str | None:
    if name not in _FIELDS:
        return "is unknown"
    if value is None and name in _OPTIONAL:
        return None
    if name in _WHOLE:
        return None if type(value) is int and value >= 1 else "must be a whole number from 1 on"
    # JSON's Infinity and NaN are none that a time can be.
    is_time = type(value) in (int, float) and 0 < value < math.inf
    return None if is_time else "must be a number above 0"

"""The `breakers` of the context: how the services' breakers are set, as the product reads it.

Each service, and `default` for what a service does not say itself, has the fields of the product's
BreakerSettings, and `bulkhead`. A stage's choices are laid over the app's, field by field.
"""

import json
from collections.abc import Mapping
from typing import Any

from breakwater.domain.errors import ConfigurationError
from breakwater.resilience.registry import settings_of

Breakers = Mapping[str, Mapping[str, Any]]


def laid_over(below: Breakers, above: Breakers) -> Breakers:
    """Return `below` with each field that `above` has taken from there."""
    services = [*below, *(service for service in above if service not in below)]
    return {name: {**below.get(name, {}), **above.get(name, {})} for name in services}


def fault_of(breakers: Breakers) -> str | None:
    """Return what the functions would refuse, or what cannot be meant, or None."""
    try:
        services = settings_of(breakers_json(breakers))
    except ConfigurationError as error:
        return str(error)
    impatient = [
        name
        for name, settings in services.items()
        if settings.breaker.reset_timeout > settings.breaker.max_open
    ]
    return f"reset_timeout is longer than max_open: {', '.join(impatient)}" if impatient else None


def breakers_json(breakers: Breakers) -> str:
    """Return what functions are told, short: an environment has 4 KiB in all."""
    return json.dumps(breakers, separators=(",", ":"), sort_keys=True)

"""The circuits as people and upkeep see them."""

from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.settings import ApiSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.resilience.observer import Observer
    from breakwater.services.breakers import Breakers


def breakers(
    settings: ApiSettings | UpkeepSettings, dynamodb: Any, clock: SystemClock, observer: "Observer"
) -> "Breakers":
    """Return the circuits as people see them, read and written with the client `dynamodb`."""
    from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
    from breakwater.adapters.dynamodb.overview import DynamoCircuits
    from breakwater.resilience.registry import settings_of
    from breakwater.services.breakers import Breakers

    return Breakers(
        circuits=DynamoCircuits(dynamodb, circuits_table=settings.circuits_table),
        store=DynamoBreakerStore(
            dynamodb,
            circuits_table=settings.circuits_table,
            events_table=settings.events_table,
            once_more=False,  # the client tries again itself, and nothing is counted here
        ),
        services=settings_of(settings.breakers),
        clock=clock,
        observer=observer,
    )

"""Deployment intents: as the API states and reads them."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.settings import ApiSettings

if TYPE_CHECKING:
    from breakwater.api.deadlines import DeadlineBounds
    from breakwater.api.intents import IntentRoutes
    from breakwater.services.accept import Accept
    from breakwater.services.intents import Intents


def read_intents(settings: ApiSettings, dynamodb: Any) -> "Intents":
    """Return the intents, read and written with the client `dynamodb`."""
    from breakwater.adapters.dynamodb.intents import DynamoIntentStore
    from breakwater.services.intents import Intents

    return Intents(DynamoIntentStore(dynamodb, intents_table=settings.intents_table))


def intent_routes(
    intents: "Intents",
    clock: SystemClock,
    *,
    accept: "Accept",
    connectors: Collection[str],
    deadlines: "DeadlineBounds",
) -> "IntentRoutes":
    """Return what is asked of intents, for the connectors that are configured."""
    from breakwater.api.intents import IntentRoutes

    return IntentRoutes(
        accept=accept, intents=intents, connectors=connectors, deadlines=deadlines, clock=clock
    )

"""The circuits as people and upkeep see them."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import UpkeepEntry
from breakwater.settings import ApiSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.resilience.observer import Observer
    from breakwater.services.breakers import Breakers


def circuits_entry(settings: UpkeepSettings, clock: SystemClock, opened: ExitStack) -> UpkeepEntry:
    """Return what looks after circuits; what it opens is closed with `opened`."""
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.metrics import gauge
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.upkeep import Upkeep
    from breakwater.wiring.vendors import vendors

    observer = CircuitsObserver()
    # Short waits: one service's storage must not take the others' time.
    dynamodb = client("dynamodb", INTERACTIVE)
    upkeep = Upkeep(
        breakers=breakers(settings, dynamodb, clock, observer),
        gauge=gauge,
        vendors=vendors(settings, INTERACTIVE, clock, observer, opened).probed,
        configured=settings.services,
        clock=clock,
    )
    return UpkeepEntry(
        lambda _, correlation_id: {"circuits": upkeep(correlation_id)},
        Logs(level=settings.log_level),
        observer.flush,
    )


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

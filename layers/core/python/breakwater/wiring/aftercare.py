"""What is done after a task's end: its vendor is asked to stop, its change record is told."""

from contextlib import ExitStack

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import StepSettings


def document_entry(settings: StepSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what tells change records of ends; what it opens is closed with `opened`."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.changes import Changes
    from breakwater.wiring.steps import documenter
    from breakwater.wiring.vendors import vendors

    circuits, dynamodb = CircuitsObserver(), client("dynamodb", BACKGROUND)
    changes = Changes(vendors(settings, BACKGROUND, clock, circuits, opened).integrations)
    document = documenter(settings, dynamodb, clock, changes)
    return StepEntry(
        lambda event, left: document(event, event["command"]["change"], left),
        Logs(level=settings.log_level),
        circuits.flush,
    )


def withdraw_entry(settings: StepSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what asks vendors to stop; what it opens is closed with `opened`."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.ended import EndedRuns
    from breakwater.services.withdrawing import Withdraw
    from breakwater.wiring.steps import executions_of, observer
    from breakwater.wiring.vendors import vendors, waits

    circuits, dynamodb = CircuitsObserver(), client("dynamodb", BACKGROUND)
    withdraw = Withdraw(
        connectors=vendors(settings, BACKGROUND, clock, circuits, opened).connectors,
        runs=EndedRuns(
            executions=executions_of(settings, dynamodb),
            leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
            clock=clock,
            soft_limit_seconds=settings.soft_limit_seconds,
            observer=observer(settings),
        ),
        clock=clock,
        waits=waits(settings, clock),
    )
    return StepEntry(
        lambda event, left: withdraw(event, event["command"].get("payload", {}), left),
        Logs(level=settings.log_level),
        circuits.flush,
    )

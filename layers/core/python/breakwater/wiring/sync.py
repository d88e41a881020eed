"""The sync workflow: what pulls a system's records."""

from contextlib import ExitStack

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import SyncSettings


def pull_entry(settings: SyncSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what pulls records; what it opens is closed with `opened`."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.records import DynamoRecordStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.sync import Sync
    from breakwater.wiring.steps import step_runner
    from breakwater.wiring.vendors import vendors

    circuits, dynamodb = CircuitsObserver(), client("dynamodb", BACKGROUND)
    sync = Sync(
        runner=step_runner(settings, dynamodb, clock),
        integrations=vendors(settings, BACKGROUND, clock, circuits, opened).integrations,
        records=DynamoRecordStore(dynamodb, records_table=settings.records_table),
    )
    return StepEntry(sync.pull, Logs(level=settings.log_level), circuits.flush)

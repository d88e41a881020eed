"""What runs a step of a task, whatever the step does."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import ApiSettings, RiskSettings, SettleSettings, StepSettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.ports.observers import TaskObserver
    from breakwater.services.changes import Changes
    from breakwater.services.documenting import Document
    from breakwater.services.settle import Settlement
    from breakwater.services.steps import StepRunner


def step_runner(settings: StepSettings, dynamodb: Any, clock: SystemClock) -> "StepRunner":
    """Return what runs the steps of this environment."""
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.services.steps import StepRunner
    from breakwater.wiring.vendors import waits

    executions = executions_of(settings, dynamodb)
    return StepRunner(
        executions=executions,
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        settlement=settlement(settings, executions, clock),
        waits=waits(settings, clock),
        soft_limit_seconds=settings.soft_limit_seconds,
        observer=observer(settings),
    )


def runner_without_vendors(
    settings: RiskSettings, dynamodb: Any, clock: SystemClock, *, seconds: float
) -> "StepRunner":
    """Return what runs steps of `seconds` that call nobody: no lease and no circuit is theirs."""
    from breakwater.services.steps import StepRunner
    from breakwater.services.waits import Waits

    executions = executions_of(settings, dynamodb)
    return StepRunner(
        executions=executions,
        leases=None,
        clock=clock,
        settlement=settlement(settings, executions, clock),
        waits=Waits(clock, poll_interval_seconds=seconds),
        soft_limit_seconds=seconds,
        observer=observer(settings),
    )


def settle_entry(settings: SettleSettings, clock: SystemClock) -> StepEntry:
    """Return what ends tasks whose steps could not."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.services.settle import SettleUnfinished

    executions = executions_of(settings, client("dynamodb", BACKGROUND))
    end = SettleUnfinished(
        executions=executions,
        clock=clock,
        settlement=settlement(settings, executions, clock),
        observer=observer(settings),
    )
    return StepEntry(
        lambda event, _: end(event, event["error_type"]), Logs(level=settings.log_level)
    )


def documenter(
    settings: StepSettings, dynamodb: Any, clock: SystemClock, changes: "Changes"
) -> "Document":
    """Return what tells change records how their tasks have ended."""
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.services.documenting import Document
    from breakwater.wiring.vendors import waits

    return Document(
        changes=changes,
        executions=executions_of(settings, dynamodb),
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        waits=waits(settings, clock),
        soft_limit_seconds=settings.soft_limit_seconds,
        observer=observer(settings),
    )


def observer(settings: SettleSettings | ApiSettings) -> "TaskObserver":
    """Return whom operators hear of tasks from."""
    from breakwater.adapters.tasks import TasksObserver

    return TasksObserver(Logs(level=settings.log_level))


def executions_of(
    settings: SettleSettings, dynamodb: Any, *, leases_table: str | None = None
) -> "DynamoExecutionStore":
    """Return the tasks, to be worked on and ended; with `leases_table` also to be made anew."""
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore

    return DynamoExecutionStore(
        dynamodb,
        executions_table=settings.executions_table,
        events_table=settings.events_table,
        leases_table=leases_table,
        retention=timedelta(days=settings.retention_days),
    )


def settlement(
    settings: SettleSettings | ApiSettings, executions: "DynamoExecutionStore", clock: SystemClock
) -> "Settlement":
    """Return what ends tasks, for as long as this stage remembers them."""
    from breakwater.services.settle import Settlement

    return Settlement(
        executions=executions,
        clock=clock,
        retention=timedelta(days=settings.retention_days),
        observer=observer(settings),
    )

"""What retries many failed tasks: functions/replay."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import ApiSettings, ReplaySettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.adapters.dynamodb.failures import DynamoFailures
    from breakwater.services.retry import Retry
    from breakwater.services.steps import StepRunner


def batch_entry(settings: ReplaySettings, clock: SystemClock) -> StepEntry:
    """Return what retries the next tasks of a run."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.services.replaying import Replay
    from breakwater.wiring.steps import executions_of

    dynamodb = client("dynamodb", BACKGROUND)
    executions = executions_of(settings, dynamodb, leases_table=settings.leases_table)
    replay = Replay(
        runner=_runner(settings, executions, dynamodb, clock),
        failures=failures(settings, dynamodb),
        retry=_retry(settings, executions, clock),
    )
    return StepEntry(replay.batch, Logs(level=settings.log_level))


def failures(settings: ApiSettings | ReplaySettings, dynamodb: Any) -> "DynamoFailures":
    """Return the failed tasks, to be counted and found."""
    from breakwater.adapters.dynamodb.failures import DynamoFailures
    from breakwater.resilience.registry import SERVICES

    return DynamoFailures(dynamodb, executions_table=settings.executions_table, services=SERVICES)


def _runner(
    settings: ReplaySettings,
    executions: "DynamoExecutionStore",
    dynamodb: Any,
    clock: SystemClock,
) -> "StepRunner":
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.services.steps import StepRunner
    from breakwater.services.waits import Waits
    from breakwater.wiring.steps import observer, settlement

    return StepRunner(
        executions=executions,
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        settlement=settlement(settings, executions, clock),
        waits=Waits(clock, poll_interval_seconds=settings.poll_interval_seconds),
        soft_limit_seconds=settings.soft_limit_seconds,
        observer=observer(settings),
    )


def _retry(
    settings: ReplaySettings, executions: "DynamoExecutionStore", clock: SystemClock
) -> "Retry":
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.adapters.tracing import trace_header
    from breakwater.services.retry import Retry
    from breakwater.wiring.steps import observer

    engine = StepFunctionsEngine(
        client("stepfunctions", BACKGROUND), machines=settings.machines, trace=trace_header
    )
    return Retry(
        executions=executions,
        engine=engine,
        clock=clock,
        observer=observer(settings),
        start_grace=timedelta(seconds=settings.upkeep_seconds),
    )

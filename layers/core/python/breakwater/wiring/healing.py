"""What heals, and what is done after an end: the API's routes, aftercare, runs of many retries."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.domain.tasks import Task
from breakwater.entrypoints import StepEntry
from breakwater.settings import ApiSettings, ReplaySettings, StepSettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.failures import DynamoFailures
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.api.healing import HealingRoutes
    from breakwater.api.replays import ReplayRoutes
    from breakwater.services.accept import Accept
    from breakwater.services.quota import Quota


def healing(
    settings: ApiSettings,
    accept: "Accept",
    quota: "Quota",
    dynamodb: Any,
    engine: "StepFunctionsEngine",
    clock: SystemClock,
    arn: Callable[[Task], str],
) -> "tuple[HealingRoutes, ReplayRoutes]":
    """Return the routes of cancels, retries and verdicts, and those of runs of many retries."""
    from breakwater.api.healing import HealingRoutes
    from breakwater.api.replays import ReplayRoutes, Tools
    from breakwater.services.aftercare import Aftercare
    from breakwater.services.cancel import Cancel
    from breakwater.services.resolve import Resolve
    from breakwater.services.retry import Retry
    from breakwater.services.status import ReadTask
    from breakwater.wiring.front import deadlines_of, executions_of
    from breakwater.wiring.steps import observer, settlement

    executions = executions_of(settings, dynamodb)
    read_task = ReadTask(executions=executions, clock=clock)
    cancel = Cancel(
        executions=executions,
        engine=engine,
        settlement=settlement(settings, executions, clock),
        aftercare=Aftercare(executions=executions, engine=engine),
        clock=clock,
    )
    retry = Retry(
        executions=executions,
        engine=engine,
        clock=clock,
        quota=quota,
        observer=observer(settings),
        start_grace=timedelta(seconds=settings.upkeep_seconds),
    )
    tools = Tools(
        accept=accept,
        cancel=cancel,
        read_task=read_task,
        failures=_failures(settings, dynamodb),
        deadlines=deadlines_of(settings),
        clock=clock,
    )
    one = HealingRoutes(
        read_task=read_task,
        cancel=cancel,
        retry=retry,
        resolve=Resolve(executions=executions, clock=clock),
        execution_arn=arn,
    )
    return one, ReplayRoutes(tools)


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


def batch_entry(settings: ReplaySettings, clock: SystemClock) -> StepEntry:
    """Return what retries many failed tasks."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.adapters.tracing import trace_header
    from breakwater.services.replaying import Replay
    from breakwater.services.retry import Retry
    from breakwater.services.steps import StepRunner
    from breakwater.services.waits import Waits
    from breakwater.wiring.steps import executions_of, observer, settlement

    dynamodb = client("dynamodb", BACKGROUND)
    executions = executions_of(settings, dynamodb, leases_table=settings.leases_table)
    runner = StepRunner(
        executions=executions,
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        settlement=settlement(settings, executions, clock),
        waits=Waits(clock, poll_interval_seconds=settings.poll_interval_seconds),
        soft_limit_seconds=settings.soft_limit_seconds,
        observer=observer(settings),
    )
    engine = StepFunctionsEngine(
        client("stepfunctions", BACKGROUND), machines=settings.machines, trace=trace_header
    )
    retry = Retry(
        executions=executions,
        engine=engine,
        clock=clock,
        observer=observer(settings),
        start_grace=timedelta(seconds=settings.upkeep_seconds),
    )
    replay = Replay(runner=runner, failures=_failures(settings, dynamodb), retry=retry)
    return StepEntry(replay.batch, Logs(level=settings.log_level))


def _failures(settings: ApiSettings | ReplaySettings, dynamodb: Any) -> "DynamoFailures":
    from breakwater.adapters.dynamodb.failures import DynamoFailures
    from breakwater.resilience.registry import SERVICES

    return DynamoFailures(dynamodb, executions_table=settings.executions_table, services=SERVICES)

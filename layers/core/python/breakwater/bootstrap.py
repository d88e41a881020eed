"""The composition root: each Lambda's object graph, built once for an environment.

Imports are inside the builders: what a Lambda does not use, its cold start does not pay for.
"""

from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.domain.errors import ConfigurationError
from breakwater.domain.tasks import Kind
from breakwater.entrypoints import ApiEntry, StepEntry, UpkeepEntry
from breakwater.registry import PAYLOADS
from breakwater.settings import ApiSettings, SettleSettings, StepSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.api.deployments import DeploymentReader
    from breakwater.resilience.observer import Observer
    from breakwater.services.breakers import Breakers
    from breakwater.services.deployment import Deployment
    from breakwater.services.settle import Settlement


_opened = ExitStack()
"""What the graphs hold open."""


@cache
def api() -> ApiEntry:
    """Build functions/api."""
    from breakwater.adapters.aws import INTERACTIVE, PROBE, client
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.adapters.stepfunctions import StepFunctionsEngine, execution_arn
    from breakwater.api.app import Api, correlation_id_of
    from breakwater.services.accept import Accept
    from breakwater.services.health import CheckHealth
    from breakwater.services.status import ReadTask

    settings = ApiSettings.from_env()
    clock, observer = SystemClock(), CircuitsObserver()

    def store(dynamodb: Any) -> DynamoExecutionStore:
        return DynamoExecutionStore(
            dynamodb, executions_table=settings.executions_table, events_table=None
        )

    dynamodb, probe = client("dynamodb", INTERACTIVE), client("dynamodb", PROBE)
    executions = store(dynamodb)
    machine = settings.deployment_machine_arn
    engine = StepFunctionsEngine(
        client("stepfunctions", INTERACTIVE), machines={Kind.DEPLOYMENT: machine}
    )
    routes = Api(
        accept=Accept(executions=executions, engine=engine, clock=clock),
        read_task=ReadTask(executions=executions, clock=clock),
        health=CheckHealth(store(probe), _breakers(settings, probe, clock, observer)),
        breakers=_breakers(settings, dynamodb, clock, observer),
        deployments=_deployment_reader(settings),
        execution_arn=lambda task: execution_arn(machine, task.execution_name),
    )
    return ApiEntry(routes.handle, correlation_id_of, Logs(level=settings.log_level))


@cache
def deployment_submit() -> StepEntry:
    """Build functions/deployment/submit."""
    deployment, logs, observer = _deployment()
    return StepEntry(
        lambda event, left: deployment.submit(event, event["command"]["payload"], left),
        logs,
        observer.flush,
    )


@cache
def deployment_poll() -> StepEntry:
    """Build functions/deployment/poll."""
    deployment, logs, observer = _deployment()
    return StepEntry(
        lambda event, left: deployment.poll(event, event["command"]["payload"], left),
        logs,
        observer.flush,
    )


@cache
def deployment_settle() -> StepEntry:
    """Build functions/deployment/settle."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.services.settle import SettleUnfinished

    settings = SettleSettings.from_env()
    executions = _executions(settings, client("dynamodb", BACKGROUND))
    settle = SettleUnfinished(
        executions=executions,
        clock=SystemClock(),
        settlement=_settlement(settings, executions),
    )
    return StepEntry(
        lambda event, _: settle(event, event["error_type"]), Logs(level=settings.log_level)
    )


@cache
def upkeep_sweep() -> UpkeepEntry:
    """Build functions/upkeep/sweep."""
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.metrics import gauge
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.upkeep import Upkeep
    from breakwater.wiring import vendors

    settings = UpkeepSettings.from_env()
    clock, observer = SystemClock(), CircuitsObserver()
    # Short waits: one service's storage must not take the others' time.
    dynamodb = client("dynamodb", INTERACTIVE)
    upkeep = Upkeep(
        breakers=_breakers(settings, dynamodb, clock, observer),
        gauge=gauge,
        connectors=vendors(settings, INTERACTIVE, clock, observer, _opened),
        configured=settings.services,
        clock=clock,
    )
    return UpkeepEntry(upkeep, Logs(level=settings.log_level), observer.flush)


def reset() -> None:
    """Close and forget every graph: for tests, and for a restored snapshot, its sockets dead."""
    _opened.close()
    for builder in (api, deployment_submit, deployment_poll, deployment_settle, upkeep_sweep):
        builder.cache_clear()


def _deployment_reader(settings: ApiSettings) -> "DeploymentReader":
    from breakwater.api.deployments import DeadlineBounds, DeploymentReader

    unknown = ", ".join(sorted(set(settings.services) - set(PAYLOADS)))
    if unknown:
        raise ConfigurationError(f"SERVICES names what has no connector: {unknown}")
    return DeploymentReader(
        {name: PAYLOADS[name] for name in settings.services},
        DeadlineBounds(
            default=settings.default_deadline_seconds,
            least=settings.min_deadline_seconds,
            most=settings.max_deadline_seconds,
        ),
    )


def _breakers(
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


def _deployment() -> "tuple[Deployment, Logs, CircuitsObserver]":
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.deployment import Deployment
    from breakwater.services.steps import StepRunner
    from breakwater.wiring import vendors, waits

    settings = StepSettings.from_env()
    clock = SystemClock()
    dynamodb = client("dynamodb", BACKGROUND)
    executions = _executions(settings, dynamodb)
    runner = StepRunner(
        executions=executions,
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        settlement=_settlement(settings, executions),
        waits=waits(settings, clock),
        soft_limit_seconds=settings.soft_limit_seconds,
    )
    observer = CircuitsObserver()
    deployment = Deployment(
        runner=runner, connectors=vendors(settings, BACKGROUND, clock, observer, _opened)
    )
    return deployment, Logs(level=settings.log_level), observer


def _executions(settings: SettleSettings, dynamodb: Any) -> "DynamoExecutionStore":
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore

    return DynamoExecutionStore(
        dynamodb,
        executions_table=settings.executions_table,
        events_table=settings.events_table,
    )


def _settlement(settings: SettleSettings, executions: "DynamoExecutionStore") -> "Settlement":
    from breakwater.services.settle import Settlement

    return Settlement(
        executions=executions,
        clock=SystemClock(),
        retention=timedelta(days=settings.retention_days),
    )

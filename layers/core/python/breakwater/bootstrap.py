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
from breakwater.entrypoints import ApiEntry, StepEntry
from breakwater.registry import PAYLOADS, connectors
from breakwater.settings import ApiSettings, SettleSettings, StepSettings, UpkeepSettings

if TYPE_CHECKING:
    from breakwater.adapters.aws import Timeouts
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.api.deployments import DeploymentReader
    from breakwater.services.breakers import Breakers
    from breakwater.services.deployment import Connectors, Deployment
    from breakwater.services.settle import Settlement


_opened = ExitStack()
"""What the graphs hold open."""


@cache
def api() -> ApiEntry:
    """Build functions/api."""
    from breakwater.adapters.aws import INTERACTIVE, PROBE, client
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.adapters.stepfunctions import StepFunctionsEngine, execution_arn
    from breakwater.api.app import Api, correlation_id_of
    from breakwater.services.accept import Accept
    from breakwater.services.health import CheckHealth
    from breakwater.services.status import ReadTask

    settings = ApiSettings.from_env()
    clock = SystemClock()

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
        health=CheckHealth(store(probe), _breakers(settings, probe, clock)),
        breakers=_breakers(settings, dynamodb, clock),
        deployments=_deployment_reader(settings),
        execution_arn=lambda task: execution_arn(machine, task.execution_name),
    )
    return ApiEntry(routes.handle, correlation_id_of, Logs(level=settings.log_level))


@cache
def deployment_submit() -> StepEntry:
    """Build functions/deployment/submit."""
    deployment, logs = _deployment()
    return StepEntry(lambda event: deployment.submit(event, event["command"]["payload"]), logs)


@cache
def deployment_poll() -> StepEntry:
    """Build functions/deployment/poll."""
    deployment, logs = _deployment()
    return StepEntry(lambda event: deployment.poll(event, event["command"]["payload"]), logs)


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
        lambda event: settle(event, event["error_type"]), Logs(level=settings.log_level)
    )


def reset() -> None:
    """Close and forget every graph: for tests, and for a restored snapshot, its sockets dead."""
    _opened.close()
    for builder in (api, deployment_submit, deployment_poll, deployment_settle):
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
    settings: ApiSettings | UpkeepSettings, dynamodb: Any, clock: SystemClock
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
    )


def _deployment() -> "tuple[Deployment, Logs]":
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
    from breakwater.services.deployment import Deployment
    from breakwater.services.steps import StepRunner

    settings = StepSettings.from_env()
    clock = SystemClock()
    dynamodb = client("dynamodb", BACKGROUND)
    executions = _executions(settings, dynamodb)
    runner = StepRunner(
        executions=executions,
        leases=DynamoLeaseStore(dynamodb, leases_table=settings.leases_table),
        clock=clock,
        settlement=_settlement(settings, executions),
        soft_limit_seconds=settings.soft_limit_seconds,
        poll_interval_seconds=settings.poll_interval_seconds,
    )
    deployment = Deployment(runner=runner, connectors=_vendors(settings, BACKGROUND, clock))
    return deployment, Logs(level=settings.log_level)


def _vendors(
    settings: StepSettings | UpkeepSettings, timeouts: "Timeouts", clock: SystemClock
) -> "Connectors":
    """Return what gives the connector of a service; its settings are read within `timeouts`."""
    from breakwater.adapters.aws import client
    from breakwater.adapters.configuration import AwsConfiguration
    from breakwater.adapters.http import RetryableHTTPClient

    configuration = AwsConfiguration(
        ssm=client("ssm", timeouts),
        secrets=client("secretsmanager", timeouts),
        path=settings.connectors_path,
    )
    http = RetryableHTTPClient(
        clock=clock,
        backoff_min=settings.backoff_min_seconds,
        backoff_max=settings.backoff_max_seconds,
    )
    _opened.callback(http.close)
    return connectors(configuration, http, clock)


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

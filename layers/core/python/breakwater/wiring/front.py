"""The API: every group of routes, on stores that answer while a client waits."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.domain.errors import ConfigurationError
from breakwater.domain.tasks import Task
from breakwater.registry import INTEGRATED, PAYLOADS, PROVIDER
from breakwater.settings import ApiSettings

if TYPE_CHECKING:
    from breakwater.adapters.configuration import AwsSecret
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.api.app import Api
    from breakwater.api.breakers import BreakerRoutes
    from breakwater.api.cursors import Cursors
    from breakwater.api.deadlines import DeadlineBounds
    from breakwater.api.deployments import DeploymentReader, PayloadModels
    from breakwater.api.integrations import IntegrationRoutes
    from breakwater.api.listings import ListingRoutes
    from breakwater.api.openapi.routes import DescriptionRoutes
    from breakwater.services.accept import Accept
    from breakwater.services.intents import Intents


def front(settings: ApiSettings) -> "Api":
    """Return the API. Raises ConfigurationError for services that nothing is known of."""
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.stepfunctions import StepFunctionsEngine, execution_arn
    from breakwater.adapters.tracing import trace_header
    from breakwater.api.app import Api
    from breakwater.api.deployments import DeploymentRoutes
    from breakwater.api.tasks import TaskRoutes
    from breakwater.services.accept import Accept
    from breakwater.services.quota import Quota
    from breakwater.services.status import ReadTask
    from breakwater.wiring.conversations import conversation_routes
    from breakwater.wiring.healing import healing
    from breakwater.wiring.intents import intent_routes, read_intents
    from breakwater.wiring.steps import observer

    unknown = ", ".join(sorted(set(settings.services) - {*PAYLOADS, *INTEGRATED, PROVIDER}))
    if unknown:
        raise ConfigurationError(f"SERVICES names what has no connector: {unknown}")
    clock, dynamodb = SystemClock(), client("dynamodb", INTERACTIVE)
    engine = StepFunctionsEngine(
        client("stepfunctions", INTERACTIVE),
        machines=settings.machines,
        aftercare=settings.aftercare_machine,
        trace=trace_header,
    )
    executions = executions_of(settings, dynamodb)
    quota = Quota(executions, most=settings.max_unfinished)
    accept = Accept(
        executions=executions,
        engine=engine,
        quota=quota,
        clock=clock,
        observer=observer(settings),
        start_grace=timedelta(seconds=settings.upkeep_seconds),
    )
    read_task = ReadTask(executions=executions, clock=clock)

    def arn(task: Task) -> str:
        return execution_arn(settings.machines[task.kind], task.execution_name)

    intents = read_intents(settings, dynamodb)
    return Api(
        DeploymentRoutes(accept=accept, deployments=_deployments(settings, intents)),
        intent_routes(
            intents,
            clock,
            accept=accept,
            connectors=sorted(_models(settings)),
            deadlines=deadlines_of(settings),
        ),
        TaskRoutes(read_task=read_task, execution_arn=arn),
        *healing(settings, accept, quota, dynamodb, engine, clock, arn),
        _lists(settings, dynamodb, clock, arn),
        _integrations(settings, accept, dynamodb),
        conversation_routes(
            settings,
            dynamodb,
            clock,
            accept=accept,
            read_task=read_task,
            deadlines=deadlines_of(settings),
            cursors=_cursors(settings),
        ),
        _circuits(settings, dynamodb, clock),
        _description(settings),
    )


def executions_of(settings: ApiSettings, dynamodb: Any) -> "DynamoExecutionStore":
    """Return the tasks, to be accepted, read, and changed beside their status."""
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore

    return DynamoExecutionStore(
        dynamodb,
        executions_table=settings.executions_table,
        events_table=settings.events_table,
        leases_table=settings.leases_table,
        retention=timedelta(days=settings.retention_days),
    )


def _deployments(settings: ApiSettings, intents: "Intents") -> "DeploymentReader":
    from breakwater.api.deployments import DeploymentReader

    return DeploymentReader(
        _models(settings), deadlines_of(settings), intents=intents, systems=_systems(settings)
    )


def _description(settings: ApiSettings) -> "DescriptionRoutes":
    from breakwater.api.openapi.routes import DescriptionRoutes

    return DescriptionRoutes(_models(settings), deadlines_of(settings))


def _models(settings: ApiSettings) -> "PayloadModels":
    return {name: PAYLOADS[name] for name in settings.services if name in PAYLOADS}


def _systems(settings: ApiSettings) -> list[str]:
    return [name for name in settings.services if name in INTEGRATED]


def _integrations(settings: ApiSettings, accept: "Accept", dynamodb: Any) -> "IntegrationRoutes":
    from breakwater.adapters.dynamodb.records import DynamoRecordStore
    from breakwater.api.integrations import IntegrationRoutes

    return IntegrationRoutes(
        accept=accept,
        systems=_systems(settings),
        deadlines=deadlines_of(settings),
        records=DynamoRecordStore(dynamodb, records_table=settings.records_table),
        cursors=_cursors(settings),
    )


def _lists(
    settings: ApiSettings, dynamodb: Any, clock: SystemClock, arn: Callable[[Task], str]
) -> "ListingRoutes":
    from breakwater.adapters.dynamodb.lists import DynamoTaskLists
    from breakwater.adapters.dynamodb.trail import DynamoTrails
    from breakwater.api.listings import ListingRoutes

    kept_for = timedelta(days=settings.retention_days, seconds=settings.max_deadline_seconds)
    return ListingRoutes(
        tasks=DynamoTaskLists(
            dynamodb, executions_table=settings.executions_table, kept_for=kept_for
        ),
        trails=DynamoTrails(dynamodb, events_table=settings.events_table),
        cursors=_cursors(settings),
        execution_arn=arn,
        clock=clock,
    )


def _cursors(settings: ApiSettings) -> "Cursors":
    from breakwater.api.cursors import Cursors

    @cache
    def secret() -> "AwsSecret":
        # Most environments never see a cursor. What reads secrets imports the whole of boto3.
        from breakwater.adapters.aws import INTERACTIVE, client
        from breakwater.adapters.configuration import AwsSecret

        return AwsSecret(lambda: client("secretsmanager", INTERACTIVE), settings.cursor_secret)

    return Cursors(lambda: secret()())


def _circuits(settings: ApiSettings, dynamodb: Any, clock: SystemClock) -> "BreakerRoutes":
    from breakwater.adapters.aws import PROBE, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.api.breakers import BreakerRoutes
    from breakwater.services.health import CheckHealth
    from breakwater.wiring.circuits import breakers

    probe = client("dynamodb", PROBE)
    read = partial(breakers, settings, clock=clock, observer=CircuitsObserver())
    health = CheckHealth(executions_of(settings, probe), read(probe))
    return BreakerRoutes(breakers=read(dynamodb), health=health)


def deadlines_of(settings: ApiSettings) -> "DeadlineBounds":
    """Return how long tasks may take in this stage."""
    from breakwater.api.deadlines import DeadlineBounds

    return DeadlineBounds(
        default=settings.default_deadline_seconds,
        least=settings.min_deadline_seconds,
        most=settings.max_deadline_seconds,
    )

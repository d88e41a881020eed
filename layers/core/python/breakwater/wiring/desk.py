"""What the API's groups of routes share: stores and an engine that answer while a client waits."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.domain.errors import ConfigurationError
from breakwater.domain.tasks import Task
from breakwater.registry import INTEGRATED, PAYLOADS, PROVIDER
from breakwater.settings import ApiSettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.api.cursors import Cursors
    from breakwater.api.deadlines import DeadlineBounds
    from breakwater.api.deployments import PayloadModels
    from breakwater.services.accept import Accept
    from breakwater.services.intents import Intents
    from breakwater.services.quota import Quota
    from breakwater.services.status import ReadTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is at hand wherever a request is answered."""

    settings: ApiSettings
    clock: SystemClock
    dynamodb: Any
    """A client that gives up while somebody still waits."""
    engine: "StepFunctionsEngine"
    executions: "DynamoExecutionStore"
    quota: "Quota"
    start_grace: timedelta
    """How long an accepted task may stay PENDING before the sweep looks at it."""
    accept: "Accept"
    read_task: "ReadTask"
    intents: "Intents"
    cursors: "Cursors"

    @property
    def models(self) -> "PayloadModels":
        """The payloads of the services that deployments may be sent to."""
        return {name: PAYLOADS[name] for name in self.settings.services if name in PAYLOADS}

    @property
    def systems(self) -> list[str]:
        """The systems that are synced, and document changes."""
        return [name for name in self.settings.services if name in INTEGRATED]

    @property
    def deadlines(self) -> "DeadlineBounds":
        """How long tasks may take in this stage."""
        from breakwater.api.deadlines import DeadlineBounds

        return DeadlineBounds(
            default=self.settings.default_deadline_seconds,
            least=self.settings.min_deadline_seconds,
            most=self.settings.max_deadline_seconds,
        )

    def execution_arn(self, task: Task) -> str:
        """Return the ARN of a task's execution, which operators get to see."""
        from breakwater.adapters.stepfunctions import execution_arn

        return execution_arn(self.settings.machines[task.kind], task.execution_name)


def desk(settings: ApiSettings) -> Desk:
    """Return what is shared. Raises ConfigurationError for services that nothing is known of."""
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.services.accept import Accept
    from breakwater.services.quota import Quota
    from breakwater.services.status import ReadTask
    from breakwater.wiring.steps import observer

    unknown = ", ".join(sorted(set(settings.services) - {*PAYLOADS, *INTEGRATED, PROVIDER}))
    if unknown:
        raise ConfigurationError(f"SERVICES names what has no connector: {unknown}")
    clock, dynamodb = SystemClock(), client("dynamodb", INTERACTIVE)
    engine, executions = _engine(settings), executions_of(settings, dynamodb)
    quota = Quota(executions, most=settings.max_unfinished)
    start_grace = timedelta(seconds=settings.upkeep_seconds)
    return Desk(
        settings=settings,
        clock=clock,
        dynamodb=dynamodb,
        engine=engine,
        executions=executions,
        quota=quota,
        start_grace=start_grace,
        accept=Accept(
            executions=executions,
            engine=engine,
            quota=quota,
            clock=clock,
            observer=observer(settings),
            start_grace=start_grace,
        ),
        read_task=ReadTask(executions=executions, clock=clock),
        intents=_intents(settings, dynamodb),
        cursors=_cursors(settings),
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


def _engine(settings: ApiSettings) -> "StepFunctionsEngine":
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.adapters.tracing import trace_header

    return StepFunctionsEngine(
        client("stepfunctions", INTERACTIVE),
        machines=settings.machines,
        aftercare=settings.aftercare_machine,
        trace=trace_header,
    )


def _intents(settings: ApiSettings, dynamodb: Any) -> "Intents":
    from breakwater.adapters.dynamodb.intents import DynamoIntentStore
    from breakwater.services.intents import Intents

    return Intents(DynamoIntentStore(dynamodb, intents_table=settings.intents_table))


def _cursors(settings: ApiSettings) -> "Cursors":
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.configuration import AwsSecret
    from breakwater.api.cursors import Cursors

    # Most environments never see a cursor, and a client takes long to make.
    return Cursors(AwsSecret(lambda: client("secretsmanager", INTERACTIVE), settings.cursor_secret))

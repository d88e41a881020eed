"""The API's groups of routes on twins: what breakwater.wiring.front is on AWS."""

from dataclasses import dataclass
from datetime import timedelta

from breakwater.api.app import Api
from breakwater.api.breakers import BreakerRoutes
from breakwater.api.conversations import ConversationRoutes
from breakwater.api.cursors import Cursors
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.deployments import DeploymentReader, DeploymentRoutes, PayloadModels
from breakwater.api.healing import HealingRoutes
from breakwater.api.integrations import IntegrationRoutes
from breakwater.api.intents import IntentRoutes
from breakwater.api.listings import ListingRoutes
from breakwater.api.openapi.routes import DescriptionRoutes
from breakwater.api.replays import ReplayRoutes, Tools
from breakwater.api.tasks import TaskRoutes
from breakwater.domain.tasks import Task
from breakwater.services.accept import Accept
from breakwater.services.aftercare import Aftercare
from breakwater.services.breakers import Breakers
from breakwater.services.cancel import Cancel
from breakwater.services.conversations import Conversations
from breakwater.services.health import CheckHealth
from breakwater.services.intents import Intents
from breakwater.services.quota import Quota
from breakwater.services.resolve import Resolve
from breakwater.services.retry import Retry
from breakwater.services.settle import Settlement
from breakwater.services.status import ReadTask
from tests.fakes.listings import MemoryTaskLists
from tests.fakes.overview import EIGHT, MemoryOverview
from tests.fakes.twins import Twins

SYSTEMS = ["servicenow", "jira"]


@dataclass(frozen=True)
class Groups:
    """What the groups share, and each of them."""

    twins: Twins
    models: PayloadModels
    deadlines: DeadlineBounds
    with_provider: bool
    quota: Quota
    accept: Accept
    read_task: ReadTask
    intents: Intents
    cursors: Cursors

    @classmethod
    def on(
        cls,
        twins: Twins,
        models: PayloadModels,
        deadlines: DeadlineBounds,
        *,
        with_provider: bool,
        most_unfinished: int,
    ) -> "Groups":
        quota = Quota(twins.store, most=most_unfinished)
        accept = Accept(executions=twins.store, engine=twins.engine, quota=quota, clock=twins.clock)
        return cls(
            twins=twins,
            models=models,
            deadlines=deadlines,
            with_provider=with_provider,
            quota=quota,
            accept=accept,
            read_task=ReadTask(executions=twins.store, clock=twins.clock),
            intents=Intents(twins.intents),
            cursors=Cursors(lambda: b"key"),
        )

    def api(self) -> Api:
        return Api(
            self.deployments(),
            self.statements(),
            TaskRoutes(read_task=self.read_task, execution_arn=execution_arn),
            self.lists(),
            self.integrations(),
            self.talks(),
            self.breakers(),
            DescriptionRoutes(self.models, self.deadlines),
            self.healing(),
            self.replays(),
        )

    def deployments(self) -> DeploymentRoutes:
        reader = DeploymentReader(
            self.models, self.deadlines, intents=self.intents, systems=SYSTEMS
        )
        return DeploymentRoutes(accept=self.accept, deployments=reader)

    def statements(self) -> IntentRoutes:
        return IntentRoutes(
            accept=self.accept,
            intents=self.intents,
            connectors=list(self.models),
            deadlines=self.deadlines,
            clock=self.twins.clock,
        )

    def lists(self) -> ListingRoutes:
        return ListingRoutes(
            tasks=MemoryTaskLists(self.twins.store),
            trails=self.twins.trails,
            cursors=self.cursors,
            execution_arn=execution_arn,
            clock=self.twins.clock,
        )

    def integrations(self) -> IntegrationRoutes:
        return IntegrationRoutes(
            accept=self.accept,
            systems=SYSTEMS,
            deadlines=self.deadlines,
            records=self.twins.records,
            cursors=self.cursors,
        )

    def talks(self) -> ConversationRoutes:
        return ConversationRoutes(
            conversations=Conversations(store=self.twins.conversations, clock=self.twins.clock),
            accept=self.accept,
            read_task=self.read_task,
            configured=self.with_provider,
            deadlines=self.deadlines,
            cursors=self.cursors,
        )

    def breakers(self) -> BreakerRoutes:
        circuits = self.twins.circuits
        breakers = Breakers(
            circuits=MemoryOverview(circuits),
            store=circuits,
            services=EIGHT,
            clock=self.twins.clock,
        )
        return BreakerRoutes(breakers=breakers, health=CheckHealth(self.twins.store, breakers))

    def healing(self) -> HealingRoutes:
        store, engine, clock = self.twins.store, self.twins.engine, self.twins.clock
        return HealingRoutes(
            read_task=self.read_task,
            cancel=self.cancel(),
            retry=Retry(executions=store, engine=engine, clock=clock, quota=self.quota),
            resolve=Resolve(executions=store, clock=clock),
            execution_arn=execution_arn,
        )

    def replays(self) -> ReplayRoutes:
        return ReplayRoutes(
            Tools(
                accept=self.accept,
                cancel=self.cancel(),
                read_task=self.read_task,
                failures=self.twins.failures,
                deadlines=self.deadlines,
                clock=self.twins.clock,
            )
        )

    def cancel(self) -> Cancel:
        store, engine, clock = self.twins.store, self.twins.engine, self.twins.clock
        return Cancel(
            executions=store,
            engine=engine,
            settlement=Settlement(executions=store, clock=clock, retention=timedelta(days=30)),
            aftercare=Aftercare(executions=store, engine=engine),
            clock=clock,
        )


def execution_arn(task: Task) -> str:
    return f"arn:{task.execution_name}"

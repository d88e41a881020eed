"""The API as its users meet it, over in-memory twins."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from breakwater.api.app import Api, correlation_id_of
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
from breakwater.domain.attempts import Attempt
from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.errors import BreakwaterError
from breakwater.domain.tasks import Task
from breakwater.registry import PAYLOADS
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
from tests.fakes.clock import FakeClock
from tests.fakes.conversations import MemoryConversationStore
from tests.fakes.engine import RecordingEngine
from tests.fakes.events import OPERATOR, SUBMITTER, http_event, post_event
from tests.fakes.failures import MemoryFailures
from tests.fakes.listings import MemoryTaskLists, MemoryTrails
from tests.fakes.overview import EIGHT, MemoryCircuits, MemoryOverview
from tests.fakes.records import MemoryRecordStore
from tests.fakes.risk import MemoryIntentStore
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import PAYLOAD

BODY: Mapping[str, Any] = {"connector_type": "intune", "payload": PAYLOAD}
DEADLINES = DeadlineBounds(default=3600, least=900, most=86400)


class BreakableStore(MemoryExecutionStore):
    """The twin that can be down: every call raises `error` while one is set."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        self._check()
        return super().create(task, now=now, alone=alone)

    def get(self, task_id: str) -> Task | None:
        self._check()
        return super().get(task_id)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


class BreakableIntents(MemoryIntentStore):
    """The twin that can be down; `reads` is how often it was asked for an intent."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.reads = 0

    def create(self, intent: DeploymentIntent) -> DeploymentIntent:
        self._check()
        return super().create(intent)

    def get(self, intent_id: str) -> DeploymentIntent | None:
        self._check()
        self.reads += 1
        return super().get(intent_id)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class Answer:
    """An answer as a client reads it; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def faults(self) -> dict[str, str]:
        """Return `{pointer: detail}` of a validation problem."""
        return {fault["pointer"]: fault["detail"] for fault in self.json["errors"]}


class Front:
    """The API with a store, an engine and a clock that the test holds."""

    def __init__(
        self,
        models: PayloadModels = PAYLOADS,
        deadlines: DeadlineBounds = DEADLINES,
        *,
        with_provider: bool = True,
        most_unfinished: int = 1000,
    ) -> None:
        self.store = BreakableStore()
        self.records = MemoryRecordStore()
        self.conversations = MemoryConversationStore(self.store)
        self.intents = BreakableIntents()
        self.trails = MemoryTrails(self.store)
        self.engine = RecordingEngine()
        self.clock = FakeClock()
        self.circuits = MemoryCircuits()
        breakers = Breakers(
            circuits=MemoryOverview(self.circuits),
            store=self.circuits,
            services=EIGHT,
            clock=self.clock,
        )
        intents = Intents(self.intents)
        quota = Quota(self.store, most=most_unfinished)
        accept = Accept(
            executions=self.store,
            engine=self.engine,
            quota=quota,
            clock=self.clock,
        )
        read_task = ReadTask(executions=self.store, clock=self.clock)
        self.failures = MemoryFailures(self.store)
        healing, replays = healing_routes(self, accept, quota, deadlines)
        self._api = Api(
            DeploymentRoutes(
                accept=accept,
                deployments=DeploymentReader(
                    models, deadlines, intents=intents, systems=["servicenow", "jira"]
                ),
            ),
            IntentRoutes(
                accept=accept,
                intents=intents,
                connectors=list(models),
                deadlines=deadlines,
                clock=self.clock,
            ),
            TaskRoutes(
                read_task=read_task,
                execution_arn=lambda task: f"arn:{task.execution_name}",
            ),
            ListingRoutes(
                tasks=MemoryTaskLists(self.store),
                trails=self.trails,
                cursors=Cursors(lambda: b"key"),
                execution_arn=lambda task: f"arn:{task.execution_name}",
                clock=self.clock,
            ),
            IntegrationRoutes(
                accept=accept,
                systems=["servicenow", "jira"],
                deadlines=deadlines,
                records=self.records,
                cursors=Cursors(lambda: b"key"),
            ),
            ConversationRoutes(
                conversations=Conversations(store=self.conversations, clock=self.clock),
                accept=accept,
                read_task=read_task,
                configured=with_provider,
                deadlines=deadlines,
                cursors=Cursors(lambda: b"key"),
            ),
            BreakerRoutes(breakers=breakers, health=CheckHealth(self.store, breakers)),
            DescriptionRoutes(models, deadlines),
            healing,
            replays,
        )

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer as the function does."""
        return self._api.handle(event, None, correlation_id_of(event))

    def send(self, event: dict[str, Any]) -> Answer:
        answer = self.handle(event)
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        return Answer(answer["statusCode"], headers, answer["body"])

    def post(
        self,
        body: Any = BODY,
        *,
        claims: Mapping[str, Any] | None = SUBMITTER,
        **headers: str,
    ) -> Answer:
        return self.send(post_event(body, claims=claims, **headers))

    def post_text(self, text: str, *, is_base64: bool = False, **headers: str) -> Answer:
        """Post a body as it is; `content_type=""` leaves the header out."""
        names = {"content_type": "application/json", **headers}
        given = {name.replace("_", "-"): value for name, value in names.items() if value}
        event = http_event(
            "POST",
            "/api/v1/deployments",
            body=text,
            headers=given,
            claims=SUBMITTER,
            is_base64=is_base64,
        )
        return self.send(event)

    def post_to(
        self, path: str, body: Any = None, *, claims: Mapping[str, Any] | None = SUBMITTER, **h: str
    ) -> Answer:
        """Post to any path, without a body where there is none."""
        names = {**h, **({} if body is None else {"content_type": "application/json"})}
        given = {name.replace("_", "-"): value for name, value in names.items()}
        text = None if body is None else json.dumps(body)
        return self.send(http_event("POST", path, body=text, headers=given, claims=claims))

    def get(
        self, path: str, *, claims: Mapping[str, Any] | None = SUBMITTER, **headers: str
    ) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(http_event("GET", path, headers=given, claims=claims))

    def put(
        self, path: str, body: Any, *, claims: Mapping[str, Any] | None = OPERATOR, **headers: str
    ) -> Answer:
        names = {"content_type": "application/json", **headers}
        given = {name.replace("_", "-"): value for name, value in names.items()}
        event = http_event("PUT", path, body=json.dumps(body), headers=given, claims=claims)
        return self.send(event)

    def claim(self, task_id: str, *, number: int = 1) -> Task:
        """Let a step claim the task, as the running execution would."""
        now = self.clock.now()
        return self.store.claim(
            task_id,
            execution_name=self.store.tasks[task_id].execution_name,
            attempt=Attempt(now, number),
            now=now,
            due_at=now,
        )


def healing_routes(
    front: Front, accept: Accept, quota: Quota, deadlines: DeadlineBounds
) -> tuple[HealingRoutes, ReplayRoutes]:
    """Return what heals, on the front's twins."""
    store, engine, clock = front.store, front.engine, front.clock
    read_task = ReadTask(executions=store, clock=clock)
    cancel = Cancel(
        executions=store,
        engine=engine,
        settlement=Settlement(executions=store, clock=clock, retention=timedelta(days=30)),
        aftercare=Aftercare(executions=store, engine=engine),
        clock=clock,
    )
    healing = HealingRoutes(
        read_task=read_task,
        cancel=cancel,
        retry=Retry(executions=store, engine=engine, clock=clock, quota=quota),
        resolve=Resolve(executions=store, clock=clock),
        execution_arn=lambda task: f"arn:{task.execution_name}",
    )
    tools = Tools(
        accept=accept,
        cancel=cancel,
        read_task=read_task,
        failures=front.failures,
        deadlines=deadlines,
        clock=clock,
    )
    return healing, ReplayRoutes(tools)


def down(error: type[BreakwaterError]) -> BreakwaterError:
    """Return an error with a text that no client may see."""
    return error("arn:aws:dynamodb:eu-west-1:123456789012:table/secret-name")

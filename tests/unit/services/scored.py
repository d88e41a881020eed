"""An intent that is scored on twins: its task, what is known of it, and the machine around it."""

from dataclasses import dataclass, field
from typing import Any

from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.progress import Directive
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome
from breakwater.ports import ExecutionStore, HistoryStore, IntentStore
from breakwater.services.breakers import Circuits
from breakwater.services.scoring import Scoring
from tests.fakes.overview import MemoryCircuits, MemoryOverview
from tests.fakes.risk import MemoryHistory, MemoryIntentStore, an_intent
from tests.fakes.tasks import a_task, attempt, claim
from tests.unit.services.onestate import OneState, OneStateBench


@dataclass
class RiskBench(OneStateBench):
    """An intent, and what is known besides; it is scored as often as `accept` is called."""

    intents: MemoryIntentStore = field(default_factory=MemoryIntentStore)
    circuits: MemoryCircuits = field(default_factory=MemoryCircuits)
    statement: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = MemoryHistory(self.executions)
        self.intent_id = self.intents.create(an_intent(**self.statement)).intent_id

    @property
    def intent(self) -> DeploymentIntent:
        """The intent as it is stored."""
        return self.intents.intents[self.intent_id]

    @property
    def trail(self) -> list[str]:
        """The types of the events of scores."""
        return [one for one in self.events() if one.startswith("RISK_")]

    def deployed(self, status: Status) -> None:
        """Let a deployment of the intent's package end with `status`."""
        now = self.clock.now()
        task = self.executions.create(a_task(now=now, package=self.intent.package_key), now=now)
        claimed = claim(self.executions, task, attempt(0, at=now), now=now)
        self.executions.settle(claimed, Outcome(status=status), now=now, expires_at=now)

    def accept(self, intent_id: str | None = None) -> "RiskMachine":
        """Accept a score; the machine is about to run it."""
        now = self.clock.now()
        command = {"intent_id": intent_id or self.intent_id, "deadline_seconds": 3600}
        task = a_task(now=now, kind=Kind.RISK_SCORE, command=command)
        self.executions.create(task, now=now)
        return RiskMachine(self, task)

    def scoring(
        self,
        *,
        executions: ExecutionStore | None = None,
        intents: IntentStore | None = None,
        history: HistoryStore | None = None,
        circuits: Circuits | None = None,
    ) -> Scoring:
        """Return the service as a Lambda environment holds it, on these stores."""
        return Scoring(
            runner=self.runner(executions, leases=None, soft_limit_seconds=60),
            intents=intents or self.intents,
            history=history or self.history,
            circuits=circuits or MemoryOverview(self.circuits),
        )


@dataclass
class RiskMachine(OneState[RiskBench]):
    """One execution of functions/risk/flow.asl.json."""

    RETRIES, RETRY_SECONDS = 2, 30

    def step(self) -> Directive:
        return self.score()

    def score(self, scoring: Scoring | None = None) -> Directive:
        """Invoke Score once, and let what it raises through."""
        return (scoring or self.bench.scoring()).score(self.event())

"""An intent that is scored on twins: its task, what is known of it, and the machine around it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.progress import Directive, Next
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from breakwater.ports import ExecutionStore, HistoryStore, IntentStore
from breakwater.services.breakers import Circuits
from breakwater.services.scoring import Scoring
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import StepRunner
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.overview import MemoryCircuits, MemoryOverview
from tests.fakes.risk import MemoryHistory, MemoryIntentStore, an_intent
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, a_task, attempt


@dataclass
class RiskBench:
    """An intent, and what is known besides; it is scored as often as `accept` is called."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
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
        types = [event.type.value for event in self.executions.events]
        return [one for one in types if one.startswith("RISK_")]

    def deployed(self, status: Status) -> None:
        """Let a deployment of the intent's package end with `status`."""
        now = self.clock.now()
        task = self.executions.create(a_task(now=now, package=self.intent.package_key), now=now)
        claimed = self.executions.claim(
            task.task_id,
            execution_name=task.execution_name,
            attempt=attempt(0, at=now),
            now=now,
            due_at=now,
        )
        self.executions.settle(claimed, Outcome(status=status), now=now, expires_at=now)

    def accept(self, intent_id: str | None = None) -> "RiskMachine":
        """Accept a score; the machine is about to run it."""
        now = self.clock.now()
        command = {"intent_id": intent_id or self.intent_id, "deadline_seconds": 3600}
        task = a_task(now=now, kind=Kind.RISK_SCORE, command=command)
        self.executions.create(task, now=now)
        return RiskMachine(self, task, command)

    def scoring(
        self,
        *,
        executions: ExecutionStore | None = None,
        intents: IntentStore | None = None,
        history: HistoryStore | None = None,
        circuits: Circuits | None = None,
    ) -> Scoring:
        """Return the service as a Lambda environment holds it, on these stores."""
        store = executions or self.executions
        runner = StepRunner(
            executions=store,
            leases=None,
            clock=self.clock,
            settlement=self.settlement(store),
            waits=Waits(self.clock, poll_interval_seconds=30, spread=lambda: 0.5),
            soft_limit_seconds=60,
        )
        return Scoring(
            runner=runner,
            intents=intents or self.intents,
            history=history or self.history,
            circuits=circuits or MemoryOverview(self.circuits),
        )

    def settlement(self, executions: ExecutionStore) -> Settlement:
        """Return what ends its tasks."""
        return Settlement(executions=executions, clock=self.clock, retention=timedelta(days=30))


@dataclass
class RiskMachine:
    """One execution of functions/risk/flow.asl.json."""

    bench: RiskBench
    task: Task
    command: dict[str, Any]
    retry_count: int = 0
    settling: bool = False
    ended: bool = False

    def event(self) -> dict[str, Any]:
        """Return what the state is invoked with now."""
        entered = NOW + timedelta(milliseconds=self.settling)
        return {
            "task_id": self.task.task_id,
            "execution": self.task.execution_name,
            "entered_at": entered.isoformat(),
            "retry_count": self.retry_count,
            "correlation_id": self.task.correlation_id,
            "command": self.command,
        }

    def score(self, scoring: Scoring | None = None) -> Directive:
        """Invoke Score once, and let what it raises through."""
        directive = (scoring or self.bench.scoring()).score(self.event())
        self.ended = directive.next in {Next.SUCCEED, Next.FAIL}
        return directive

    def retry(self) -> None:
        """Go on to the state's next attempt."""
        self.retry_count += 1
        self.bench.clock.advance(30)

    def run(self) -> Task:
        """Run to the end."""
        while not self.ended:
            try:
                self.score()
            except StorageUnavailableError as error:
                if self.retry_count < 2:
                    self.retry()
                else:
                    self._settle(type(error).__name__)
        return self.now

    def _settle(self, error_type: str) -> None:
        self.settling, self.retry_count, self.ended = True, 0, True
        settle = SettleUnfinished(
            executions=self.bench.executions,
            clock=self.bench.clock,
            settlement=self.bench.settlement(self.bench.executions),
        )
        settle(self.event(), error_type)

    @property
    def now(self) -> Task:
        """The task as it is stored."""
        return self.bench.executions.tasks[self.task.task_id]

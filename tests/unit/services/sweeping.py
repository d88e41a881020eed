"""Sweeping on twins: tasks, their executions, and a clock that the test holds."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.attempts import Attempt
from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.ports.observers import Unobserved
from breakwater.resilience.tokens import TokenBucket
from breakwater.services.aftercare import Aftercare
from breakwater.services.reconcile import Reconciler, Seen
from breakwater.services.settle import Settlement
from breakwater.services.sweep import Report, Sweep
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, a_task, claim

MINUTE = 60.0
RATE = 2.0


@dataclass
class Watcher(Unobserved):
    """Writes down every end that operators are told of."""

    ends: list[tuple[str, Status]]

    def ended(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        self.ends.append((task.task_id, outcome.status))


@dataclass
class World:
    """What a sweeper looks after."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    engine: RecordingEngine = field(default_factory=RecordingEngine)
    published: list[Report] = field(default_factory=list)
    ends: list[tuple[str, Status]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settlement = Settlement(
            executions=self.executions,
            clock=self.clock,
            retention=timedelta(days=30),
            observer=Watcher(self.ends),
        )

    def reconciler(self, *, rate: float = RATE, burst: float = 1000) -> Reconciler:
        return Reconciler(
            executions=self.executions,
            engine=self.engine,
            settlement=self.settlement,
            aftercare=Aftercare(executions=self.executions, engine=self.engine),
            questions=TokenBucket(
                rate=rate, burst=burst, monotonic=self.clock.monotonic, sleep=self.clock.sleep
            ),
            clock=self.clock,
        )

    def sweeper(self, **changes: Any) -> Sweep:
        """Build one environment's sweep."""
        values: dict[str, Any] = {
            "executions": self.executions,
            "reconciler": self.reconciler(),
            "publish": self.published.append,
            "clock": self.clock,
            **changes,
        }
        return Sweep(**values)

    def sweep(self, **changes: Any) -> dict[Seen, int]:
        """Sweep once, and return how often what was seen."""
        return dict(self.sweeper(**changes)().seen)

    def accept(self, **changes: Any) -> Task:
        """Store a task whose execution has not been started."""
        task = a_task(now=self.clock.now(), **changes)
        return self.executions.create(task, now=self.clock.now())

    def run(self, **changes: Any) -> Task:
        """Store a task that a step has claimed, and its execution."""
        task = self.accept(**changes)
        self.engine.start(task)
        now = self.clock.now()
        return claim(
            self.executions, task, Attempt(now, 0), now=now, due_at=now + timedelta(seconds=MINUTE)
        )

    def dies(self, task: Task, status: ExecutionStatus, error: str | None = None) -> None:
        """Let a task's execution end so."""
        self.engine.executions[task.execution_name] = Execution(status, error)

    def intend(self, task: Task) -> Task:
        return self.executions.intend(task, {"effect": "assign"}, now=self.clock.now())

    def task(self, task: Task) -> Task:
        """Return the task as it stands."""
        return self.executions.tasks[task.task_id]

    @property
    def trail(self) -> list[str]:
        """The types of all events."""
        return [event.type.value for event in self.executions.events]

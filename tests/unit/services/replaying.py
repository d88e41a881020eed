"""A run of many retries on twins, and the state machine around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.progress import Directive, Next
from breakwater.domain.replays import Replaying
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from breakwater.services.replaying import Replay
from breakwater.services.retry import Retry
from breakwater.services.settle import Settlement
from breakwater.services.steps import StepRunner
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.failures import MemoryFailures
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task, attempt

EXPIRY = NOW + timedelta(days=30)
PROBLEM = Problem(type="DeadlineExceededError", message="not done")


@dataclass
class ReplayBench:
    """What an outage has left behind, and one run at a time that heals it."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    engine: RecordingEngine = field(default_factory=RecordingEngine)

    def failed(self, **changes: Any) -> str:
        """Return the id of a task that fails now."""
        task = self.executions.create(a_task(**changes), now=self.clock.now())
        claimed = self.executions.claim(
            task.task_id,
            execution_name=task.execution_name,
            attempt=attempt(1),
            now=NOW,
            due_at=NOW,
        )
        outcome = Outcome(status=Status.FAILED, problem=PROBLEM)
        self.executions.settle(claimed, outcome, now=self.clock.now(), expires_at=EXPIRY)
        return task.task_id

    def run(self, rate: int = 60, **selection: Any) -> "ReplayMachine":
        """Accept a run, a second later."""
        self.clock.advance(1)
        command = {"service": "intune", **selection, "rate_per_minute": rate}
        deadline = timedelta(hours=2)
        now = self.clock.now()
        task = a_task(kind=Kind.REPLAY, service="all", command=command, deadline=deadline, now=now)
        self.executions.create(task, now=now)
        return ReplayMachine(self, task, command)

    @property
    def retries(self) -> dict[str, Task]:
        """The new tasks, by the old ones' ids."""
        return {task.retry_of: task for task in self.executions.tasks.values() if task.retry_of}


@dataclass
class ReplayMachine:
    """functions/replay/flow.asl.json around one run."""

    bench: ReplayBench
    first: Task
    command: Mapping[str, Any]
    ended: bool = False
    entered: int = 0
    retry_count: int = 0
    steps: list[tuple[float, int]] = field(default_factory=list)
    """When each step ran, in seconds, and how many it has retried."""

    @property
    def now(self) -> Task:
        return self.bench.executions.tasks[self.first.task_id]

    @property
    def progress(self) -> Replaying:
        assert self.now.handle is not None
        return Replaying.of(self.now.handle)

    def batch(self, store: Any = None) -> Directive:
        """Run the state's step once, and let what it raises through."""
        bench, store = self.bench, store or self.bench.executions
        before = len(bench.retries)
        settlement = Settlement(executions=store, clock=bench.clock, retention=timedelta(days=30))
        runner = StepRunner(
            executions=store,
            leases=MemoryLeaseStore(),
            clock=bench.clock,
            settlement=settlement,
            waits=Waits(bench.clock, poll_interval_seconds=30, spread=lambda: 0.0),
            soft_limit_seconds=300,
        )
        replay = Replay(
            runner=runner,
            failures=MemoryFailures(bench.executions),
            retry=Retry(executions=store, engine=bench.engine, clock=bench.clock),
        )
        try:
            return replay.batch(self._event())
        finally:
            seconds = (bench.clock.now() - NOW).total_seconds()
            self.steps.append((seconds, len(bench.retries) - before))

    def go_on(self, directive: Directive) -> None:
        self.entered += 1
        self.retry_count = 0
        self.ended = directive.next is not Next.POLL
        if directive.resume_at is not None:
            left = (directive.resume_at - self.bench.clock.now()).total_seconds()
            self.bench.clock.advance(max(0.0, left))

    def failed(self) -> None:
        """Retry the state."""
        self.retry_count += 1

    def to_the_end(self, after_step: Callable[[], Any] = lambda: None) -> Task:
        for _ in range(500):
            if self.ended:
                return self.now
            self.go_on(self.batch())
            after_step()
        raise AssertionError("no end in sight")

    def _event(self) -> dict[str, Any]:
        return {
            "task_id": self.first.task_id,
            "execution": self.first.execution_name,
            "entered_at": (NOW + timedelta(seconds=self.entered)).isoformat(),
            "retry_count": self.retry_count,
            "command": self.command,
        }

"""A run of many retries on twins, and the state machine around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.progress import Directive
from breakwater.domain.replays import Replaying
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from breakwater.services.replaying import Replay
from breakwater.services.retry import Retry
from tests.fakes.engine import RecordingEngine
from tests.fakes.failures import MemoryFailures
from tests.fakes.tasks import NOW, a_task, claim
from tests.unit.services.onestate import MOST_STEPS, OneState, OneStateBench

EXPIRY = NOW + timedelta(days=30)
PROBLEM = Problem(type="DeadlineExceededError", message="not done")


@dataclass
class ReplayBench(OneStateBench):
    """What an outage has left behind, and one run at a time that heals it."""

    engine: RecordingEngine = field(default_factory=RecordingEngine)

    def failed(self, **changes: Any) -> str:
        """Return the id of a task that fails now."""
        task = self.executions.create(a_task(**changes), now=self.clock.now())
        claimed = claim(self.executions, task)
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
        return ReplayMachine(self, task)

    @property
    def retries(self) -> dict[str, Task]:
        """The new tasks, by the old ones' ids."""
        return {task.retry_of: task for task in self.executions.tasks.values() if task.retry_of}


@dataclass
class ReplayMachine(OneState[ReplayBench]):
    """One execution of functions/replay/flow.asl.json."""

    steps: list[tuple[float, int]] = field(default_factory=list)
    """When each step ran, in seconds, and how many it has retried."""

    @property
    def progress(self) -> Replaying:
        assert self.now.handle is not None
        return Replaying.of(self.now.handle)

    def step(self) -> Directive:
        return self.batch()

    def batch(self, executions: Any = None) -> Directive:
        """Invoke Batch once, and let what it raises through."""
        bench, store = self.bench, executions or self.bench.executions
        before = len(bench.retries)
        replay = Replay(
            runner=bench.runner(store),
            failures=MemoryFailures(bench.executions),
            retry=Retry(executions=store, engine=bench.engine, clock=bench.clock),
        )
        try:
            return replay.batch(self.event())
        finally:
            seconds = (bench.clock.now() - NOW).total_seconds()
            self.steps.append((seconds, len(bench.retries) - before))

    def to_the_end(self, after_step: Callable[[], Any] = lambda: None) -> Task:
        """Run to the end, and let what it raises through."""
        for _ in range(MOST_STEPS):
            if self.ended:
                return self.now
            self.go_on(self.batch())
            after_step()
        raise AssertionError("no end in sight")

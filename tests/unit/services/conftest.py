"""A step runner on twins, and work to run on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from breakwater.domain.attempts import Attempt, StepInput
from breakwater.domain.progress import Directive, Next, Progress
from breakwater.domain.tasks import Task
from breakwater.services.runs import StepRun
from breakwater.services.settle import Settlement
from breakwater.services.steps import StepRunner
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task, attempt

FIRST = attempt(1)


@dataclass
class Bench:
    """One task on in-memory stores, and the runner under test."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    leases: MemoryLeaseStore = field(default_factory=MemoryLeaseStore)

    def __post_init__(self) -> None:
        self.task_id = self.executions.create(a_task(), now=NOW).task_id
        self.settlement = Settlement(
            executions=self.executions, clock=self.clock, retention=timedelta(days=30)
        )
        self.runner = StepRunner(
            executions=self.executions,
            leases=self.leases,
            clock=self.clock,
            settlement=self.settlement,
            soft_limit_seconds=300,
            poll_interval_seconds=30,
        )

    @property
    def task(self) -> Task:
        """The task as it stands in the store."""
        return self.executions.tasks[self.task_id]

    @property
    def trail(self) -> list[str]:
        """The types of the task's events."""
        return [event.type.value for event in self.executions.events]

    def step(self, by: Attempt = FIRST) -> StepInput:
        """Return what the state machine would invoke a step with."""
        return StepInput(self.task_id, self.task.execution_name, by)

    def run(
        self,
        work: Callable[[StepRun], Progress],
        *,
        by: Attempt = FIRST,
        state: Next = Next.SUBMIT,
    ) -> Directive:
        """Run `work` as one attempt of a state."""
        return self.runner(self.step(by), state, work)


@pytest.fixture
def bench() -> Bench:
    return Bench()

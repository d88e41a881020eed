"""A step runner on twins, work to run on it, and what accepts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from breakwater.domain.attempts import Attempt, OnOpenCircuit, StepInput
from breakwater.domain.progress import Directive, Done, Next, Progress
from breakwater.domain.tasks import Task
from breakwater.services.accept import Accept
from breakwater.services.quota import Quota
from breakwater.services.runs import StepRun
from breakwater.services.settle import Settlement
from breakwater.services.steps import NO_LIMIT, StepRunner
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task, attempt
from tests.unit.services.documented import Documented

FIRST = attempt(1)


def accept_on(
    executions: MemoryExecutionStore, engine: RecordingEngine, clock: FakeClock, most: int = 1000
) -> Accept:
    """Return what accepts, on twins."""
    quota = Quota(executions, most=most)
    return Accept(executions=executions, engine=engine, quota=quota, clock=clock)


def done(_: StepRun) -> Progress:
    return Done({"ok": True})


def failing(error: Exception) -> Callable[[StepRun], Progress]:
    def work(_: StepRun) -> Progress:
        raise error

    return work


@dataclass
class Bench:
    """One task on in-memory stores, and the runner under test."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    leases: MemoryLeaseStore = field(default_factory=MemoryLeaseStore)
    deadline: timedelta = timedelta(hours=1)
    spread: float = 0.5
    """What the jitter is, from 0 to 1."""

    def __post_init__(self) -> None:
        self.task_id = self.executions.create(a_task(deadline=self.deadline), now=NOW).task_id
        self.settlement = Settlement(
            executions=self.executions, clock=self.clock, retention=timedelta(days=30)
        )
        self.runner = StepRunner(
            executions=self.executions,
            leases=self.leases,
            clock=self.clock,
            settlement=self.settlement,
            waits=Waits(self.clock, poll_interval_seconds=30, spread=lambda: self.spread),
            soft_limit_seconds=300,
        )

    @property
    def task(self) -> Task:
        """The task as it stands in the store."""
        return self.executions.tasks[self.task_id]

    @property
    def trail(self) -> list[str]:
        """The types of the task's events."""
        return [event.type.value for event in self.executions.events]

    def step(
        self, by: Attempt = FIRST, on_open_circuit: OnOpenCircuit = OnOpenCircuit.WAIT
    ) -> StepInput:
        """Return what the state machine would invoke a step with."""
        return StepInput(self.task_id, self.task.execution_name, by, on_open_circuit)

    def run(
        self,
        work: Callable[[StepRun], Progress],
        *,
        by: Attempt = FIRST,
        state: Next = Next.SUBMIT,
        on_open_circuit: OnOpenCircuit = OnOpenCircuit.WAIT,
        seconds_left: float = NO_LIMIT,
    ) -> Directive:
        """Run `work` as one attempt of a state."""
        step = self.step(by, on_open_circuit)
        return self.runner(step, state, work, seconds_left=seconds_left)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def one() -> Documented:
    """A deployment with a change record."""
    return Documented()

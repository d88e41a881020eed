"""Workflows of one state on twins: the step's runner, and the machine around it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import (
    BreakwaterError,
    StaleAttemptError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Directive, Next
from breakwater.domain.tasks import Task
from breakwater.ports import ExecutionStore
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import StepRunner
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, step_event

MOST_STEPS = 400


@dataclass
class OneStateBench:
    """What every environment of such a workflow holds."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)

    def events(self) -> list[str]:
        """Return the audit trail's types."""
        return [event.type.value for event in self.executions.events]

    @property
    def waits(self) -> Waits:
        return Waits(self.clock, poll_interval_seconds=30, spread=lambda: 0.5)

    def runner(self, executions: ExecutionStore | None, **changes: Any) -> StepRunner:
        """Return what runs the step, on the bench's own tasks or others."""
        store = executions or self.executions
        values: dict[str, Any] = {
            "executions": store,
            "leases": MemoryLeaseStore(),
            "clock": self.clock,
            "settlement": self._settlement(store),
            "waits": self.waits,
            "soft_limit_seconds": 300,
            **changes,
        }
        return StepRunner(**values)

    def settle(
        self, event: dict[str, Any], error_type: str, executions: ExecutionStore | None = None
    ) -> Directive:
        """Invoke Settle, on the bench's own tasks or others."""
        store = executions or self.executions
        settle = SettleUnfinished(
            executions=store, clock=self.clock, settlement=self._settlement(store)
        )
        return settle(event, error_type)

    def _settlement(self, executions: ExecutionStore) -> Settlement:
        return Settlement(executions=executions, clock=self.clock, retention=timedelta(days=30))


B = TypeVar("B", bound=OneStateBench)


@dataclass
class OneState(ABC, Generic[B]):
    """An execution of a flow; whoever derives from it invokes the state in `step`."""

    RETRIES: ClassVar[int] = 3
    RETRY_SECONDS: ClassVar[float] = 60

    bench: B
    task: Task
    retry_count: int = 0
    entered: int = 0
    ended: bool = False

    @abstractmethod
    def step(self) -> Directive:
        """Invoke the state once, and let what it raises through."""

    def event(self) -> dict[str, Any]:
        """Return what the state, or Settle, is invoked with now."""
        entered_at = NOW + timedelta(milliseconds=self.entered)
        return step_event(self.task, Attempt(entered_at, self.retry_count))

    def go_on(self, directive: Directive) -> None:
        """Follow a directive into the next state."""
        self.entered, self.retry_count = self.entered + 1, 0
        self.ended = directive.next in {Next.SUCCEED, Next.FAIL}
        if directive.resume_at is not None:
            left = (directive.resume_at - self.bench.clock.now()).total_seconds()
            self.bench.clock.advance(max(0.0, left))

    def retry(self) -> None:
        """Go on to the state's next attempt."""
        self.retry_count += 1
        self.bench.clock.advance(self.RETRY_SECONDS)

    def run(self) -> Task:
        """Run to the end."""
        for _ in range(MOST_STEPS):
            if self.ended:
                return self.now
            try:
                self.go_on(self.step())
            except (TransientError, StorageUnavailableError) as error:
                if self.retry_count < self.RETRIES:
                    self.retry()
                else:
                    self._settle(error)
            except StaleAttemptError as error:
                self._settle(error)
        raise AssertionError(f"no end in sight: {self.now}")

    def _settle(self, error: BreakwaterError) -> None:
        self.entered, self.retry_count = self.entered + 1, 0
        self.go_on(self.bench.settle(self.event(), type(error).__name__))

    @property
    def now(self) -> Task:
        """The task as it is stored."""
        return self.bench.executions.tasks[self.task.task_id]

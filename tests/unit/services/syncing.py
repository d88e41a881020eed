"""A sync on twins: its task, its system, and the state machine around it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.errors import (
    BreakwaterError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Directive, Next
from breakwater.domain.tasks import Kind, Task
from breakwater.ports import ExecutionStore, RecordStore
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import NO_LIMIT, StepRunner
from breakwater.services.sync import Sync
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.records import MemoryRecordStore, MemorySystem
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task

SYSTEM = "servicenow"


@dataclass
class SyncBench:
    """A system that is synced, as often as `accept` is called."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    records: MemoryRecordStore = field(default_factory=MemoryRecordStore)
    system: MemorySystem = field(default_factory=MemorySystem)
    pages: int = 500

    def accept(self, deadline: timedelta = timedelta(hours=1)) -> "Machine":
        """Accept a sync; the machine is about to run it."""
        task = a_task(
            now=self.clock.now(),
            kind=Kind.SYNC,
            service=SYSTEM,
            command={"system": SYSTEM, "deadline_seconds": 3600},
            deadline=deadline,
        )
        self.executions.create(task, now=self.clock.now())
        return Machine(self, task)

    def sync(
        self, *, executions: ExecutionStore | None = None, records: RecordStore | None = None
    ) -> Sync:
        """Return the service as a Lambda environment holds it, on these stores."""
        store = executions or self.executions
        runner = StepRunner(
            executions=store,
            leases=MemoryLeaseStore(),
            clock=self.clock,
            settlement=self._settlement(store),
            waits=Waits(self.clock, poll_interval_seconds=30, spread=lambda: 0.5),
            soft_limit_seconds=300,
        )
        return Sync(
            runner=runner,
            integrations=lambda _: self.system,
            records=records or self.records,
            pages=self.pages,
        )

    def settle(self, event: dict[str, Any], error_type: str) -> Directive:
        settle = SettleUnfinished(
            executions=self.executions,
            clock=self.clock,
            settlement=self._settlement(self.executions),
        )
        return settle(event, error_type)

    def _settlement(self, executions: ExecutionStore) -> Settlement:
        return Settlement(executions=executions, clock=self.clock, retention=timedelta(days=30))


@dataclass
class Machine:
    """One execution of functions/sync/flow.asl.json."""

    bench: SyncBench
    task: Task
    retry_count: int = 0
    entered: int = 0
    ended: bool = False

    def event(self) -> dict[str, Any]:
        """Return what Pull is invoked with now."""
        return {
            "task_id": self.task.task_id,
            "execution": self.task.execution_name,
            "entered_at": (NOW + timedelta(milliseconds=self.entered)).isoformat(),
            "retry_count": self.retry_count,
            "correlation_id": self.task.correlation_id,
            "command": {"system": SYSTEM, "deadline_seconds": 3600},
        }

    def pull(self, sync: Sync | None = None, seconds_left: float = NO_LIMIT) -> Directive:
        """Invoke Pull once, and let what it raises through."""
        return (sync or self.bench.sync()).pull(self.event(), seconds_left)

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
        self.bench.clock.advance(60)

    def run(self) -> Task:
        """Run to the end."""
        for _ in range(200):
            if self.ended:
                return self.now
            try:
                self.go_on(self.pull())
            except (TransientError, StorageUnavailableError) as error:
                if self.retry_count < 3:
                    self.retry()
                else:
                    self.go_on(self._settle(error))
        raise AssertionError(f"no end in sight: {self.now}")

    def _settle(self, error: BreakwaterError) -> Directive:
        self.entered, self.retry_count = self.entered + 1, 0
        return self.bench.settle(self.event(), type(error).__name__)

    @property
    def now(self) -> Task:
        """The task as it is stored."""
        return self.bench.executions.tasks[self.task.task_id]

    @property
    def result(self) -> dict[str, Any]:
        """The task's result."""
        return dict(self.now.result or {})

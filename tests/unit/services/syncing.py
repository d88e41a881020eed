"""A sync on twins: its task, its system, and the state machine around it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.progress import Directive
from breakwater.domain.tasks import Kind
from breakwater.ports import ExecutionStore, RecordStore
from breakwater.services.steps import NO_LIMIT
from breakwater.services.sync import Sync
from tests.fakes.records import MemoryRecordStore, MemorySystem
from tests.fakes.tasks import a_task
from tests.unit.services.onestate import OneState, OneStateBench

SYSTEM = "servicenow"


@dataclass
class SyncBench(OneStateBench):
    """A system that is synced, as often as `accept` is called."""

    records: MemoryRecordStore = field(default_factory=MemoryRecordStore)
    system: MemorySystem = field(default_factory=MemorySystem)
    pages: int = 500

    def accept(self, deadline: timedelta = timedelta(hours=1)) -> "Machine":
        """Accept a sync; the machine is about to run it."""
        now, command = self.clock.now(), {"system": SYSTEM, "deadline_seconds": 3600}
        task = a_task(now=now, kind=Kind.SYNC, service=SYSTEM, command=command, deadline=deadline)
        self.executions.create(task, now=now)
        return Machine(self, task)

    def sync(
        self, *, executions: ExecutionStore | None = None, records: RecordStore | None = None
    ) -> Sync:
        """Return the service as a Lambda environment holds it, on these stores."""
        return Sync(
            runner=self.runner(executions),
            integrations=lambda _: self.system,
            records=records or self.records,
            pages=self.pages,
        )


@dataclass
class Machine(OneState[SyncBench]):
    """One execution of functions/sync/flow.asl.json."""

    def step(self) -> Directive:
        return self.pull()

    def pull(self, sync: Sync | None = None, seconds_left: float = NO_LIMIT) -> Directive:
        """Invoke Pull once, and let what it raises through."""
        return (sync or self.bench.sync()).pull(self.event(), seconds_left)

    @property
    def result(self) -> dict[str, Any]:
        """The task's result."""
        return dict(self.now.result or {})

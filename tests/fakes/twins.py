"""Everything that the API stores in and starts on, as in-memory twins."""

from datetime import datetime

from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.tasks import Task
from tests.fakes.breakable import Breakable
from tests.fakes.clock import FakeClock
from tests.fakes.conversations import MemoryConversationStore
from tests.fakes.engine import RecordingEngine
from tests.fakes.failures import MemoryFailures
from tests.fakes.listings import MemoryTrails
from tests.fakes.overview import MemoryCircuits
from tests.fakes.records import MemoryRecordStore
from tests.fakes.risk import MemoryIntentStore
from tests.fakes.stores import MemoryExecutionStore


class BreakableStore(Breakable, MemoryExecutionStore):
    """The twin that can be down for what every request begins with: creating and getting."""

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        self._check()
        return super().create(task, now=now, alone=alone)

    def get(self, task_id: str) -> Task | None:
        self._check()
        return super().get(task_id)


class BreakableIntents(Breakable, MemoryIntentStore):
    """The twin that can be down alike; `reads` is how often it was asked for an intent."""

    reads = 0

    def create(self, intent: DeploymentIntent) -> DeploymentIntent:
        self._check()
        return super().create(intent)

    def get(self, intent_id: str) -> DeploymentIntent | None:
        self._check()
        self.reads += 1
        return super().get(intent_id)


class Twins:
    """The account behind the API, with a clock that the test holds."""

    def __init__(self) -> None:
        self.store = BreakableStore()
        self.records = MemoryRecordStore()
        self.conversations = MemoryConversationStore(self.store)
        self.intents = BreakableIntents()
        self.trails = MemoryTrails(self.store)
        self.failures = MemoryFailures(self.store)
        self.engine = RecordingEngine()
        self.clock = FakeClock()
        self.circuits = MemoryCircuits()

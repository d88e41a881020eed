"""A deployment that is documented, on twins, and the state machine around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.attempts import Attempt
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    StaleAttemptError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Absent, Directive, Done, Found, Lookup, Next, Progress
from breakwater.domain.tasks import Task
from breakwater.ports import ExecutionStore, Integration, Run
from breakwater.services.changes import Changes
from breakwater.services.deployment import Deployment
from breakwater.services.documenting import Document
from tests.fakes.desk import MemoryDesk
from tests.fakes.stores import MemoryLeaseStore
from tests.fakes.tasks import NOW, PAYLOAD, a_task, step_event
from tests.unit.services.onestate import OneStateBench

CHANGE = {"system": "servicenow", "summary": "Company Portal"}

OPEN_CIRCUIT = CircuitBreakerOpenError("servicenow", retry_after=60)
NOT_SENT = TransientError("503", may_have_applied=False)
IN_DOUBT = TransientError("no answer")
REFUSED = PermanentError("403")
MISSING = ConfigurationError("servicenow's secret lacks 'password'")
BUG = ValueError("a bug")


class AtOnce:
    """ports.Connector: done with its first call, or raises `error`."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.effects = 0

    def submit(self, run: Run, payload: Mapping[str, Any]) -> Progress:
        if self.error is not None:
            raise self.error
        with run.effect("assign"):
            self.effects += 1
        return Done({"ok": True})

    def find_effect(
        self, run: Run, payload: Mapping[str, Any], intent: Mapping[str, Any]
    ) -> Lookup:
        return Found({}) if self.effects else Absent()

    def poll(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> Progress:
        return Done({"ok": True})

    def cancel(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> bool:
        return False

    def probe(self, run: Run) -> None:
        return None


@dataclass
class Documented(OneStateBench):
    """One deployment with a change, run as functions/deployment/flow.asl.json does.

    `ended_at` is when its status became terminal.
    """

    connector: AtOnce = field(default_factory=AtOnce)
    state: str = "Submit"
    step: Directive | None = None
    retry_count: int = 0
    entered: int = 0
    transitions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = MemoryDesk(self.clock.now)
        command = {"connector_type": "intune", "payload": PAYLOAD, "change": CHANGE}
        task = a_task(change_system=CHANGE["system"], command=command)
        self.task_id = self.executions.create(task, now=NOW).task_id
        self.execution = task.execution_name

    @property
    def task(self) -> Task:
        return self.executions.tasks[self.task_id]

    @property
    def record(self) -> ChangeRecord:
        record = self.task.change
        assert record is not None
        return record

    def event(self) -> dict[str, Any]:
        entered_at = NOW + timedelta(milliseconds=self.entered)
        return step_event(self.task, Attempt(entered_at, self.retry_count))

    def invoke(
        self, executions: ExecutionStore | None = None, desk: Integration | None = None
    ) -> Directive:
        """Run the current state's step once, and let what it raises through."""
        store = executions or self.executions
        changes = Changes(lambda _: desk or self.desk)
        if self.state == "Document":
            document = Document(
                changes=changes,
                executions=store,
                leases=MemoryLeaseStore(),
                clock=self.clock,
                waits=self.waits,
                soft_limit_seconds=300,
            )
            return document(self.event(), CHANGE)
        if self.state == "Settle":
            return self.settle(self.event(), "TransientError", store)
        deployment = Deployment(
            runner=self.runner(store), connectors=lambda _: self.connector, changes=changes
        )
        return deployment.submit(self.event(), PAYLOAD)

    def go_on(self, directive: Directive) -> None:
        """Follow a step's answer, as `What next` and `How it ended` do."""
        if self.state == "Document":
            self._enter("Document" if directive.next is Next.DOCUMENT else "End")
        elif directive.next in {Next.SUCCEED, Next.FAIL}:
            self.step = directive
            self._enter("Document")
        else:
            self._enter("Submit")
        if directive.resume_at is not None:
            left = (directive.resume_at - self.clock.now()).total_seconds()
            self.clock.advance(max(0.0, left))

    def failed(self, *, retried: bool = True) -> None:
        """Follow a failure of the state: a retry, as long as there is one, or the Catch."""
        if retried and self.retry_count < 3:
            self.retry_count += 1
            self.clock.advance(60)
        else:
            self._enter("End" if self.state == "Document" else "Settle")

    def run(self, steps: int = 400) -> Task:
        """Run to the end."""
        for _ in range(steps):
            if self.state == "End":
                return self.task
            try:
                self.go_on(self.invoke())
            except (TransientError, StorageUnavailableError):
                self.failed()
            except StaleAttemptError:
                self.failed(retried=False)
        raise AssertionError(f"no end in sight: {self.task}")

    def _enter(self, state: str) -> None:
        self.state, self.retry_count = state, 0
        self.entered += 1
        self.transitions.append(state)


def failing(one: Documented, *errors: Exception | None, on: str = "open") -> None:
    """Let the next calls of that name fail before anything has happened."""
    left = list(errors)

    def before(name: str) -> None:
        if name == on and left and (error := left.pop(0)) is not None:
            raise error

    one.desk.before = before


def losing(one: Documented, *errors: Exception, on: str = "open") -> None:
    """Let the next calls of that name fail after the effect has happened."""
    left = list(errors)

    def after(name: str) -> None:
        if name == on and left:
            raise left.pop(0)

    one.desk.after = after

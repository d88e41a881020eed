"""The real services and the real adapters, on moto's DynamoDB and Step Functions.

An environment is what one Lambda holds; a test makes a new one where the last one has died. The
state machine is the test itself, which invokes steps as the flow would.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from moto.stepfunctions.models import stepfunctions_backends

from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.adapters.stepfunctions import StepFunctionsEngine
from breakwater.domain.progress import Directive
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Task
from breakwater.resilience.tokens import TokenBucket
from breakwater.services.accept import Accept
from breakwater.services.aftercare import Aftercare
from breakwater.services.deployment import Deployment
from breakwater.services.quota import Quota
from breakwater.services.reconcile import Reconciler, Seen
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.status import ReadTask
from breakwater.services.steps import StepRunner
from breakwater.services.sweep import Sweep
from breakwater.services.waits import Waits
from tests.crash_table.cuts import Cut, Killed, Wire
from tests.crash_table.vendor import Vendor
from tests.fakes.clock import FakeClock
from tests.fakes.tasks import NOW, a_request, attempt, step_event

REGION, ACCOUNT = "eu-west-1", "123456789012"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:deployment"
AFTERCARE = MACHINE.replace("deployment", "aftercare")
RETENTION = timedelta(days=30)


@dataclass
class World:
    """An account, a vendor and a clock, and the functions that work on them."""

    dynamodb: Wire
    stepfunctions: Wire
    vendor: Vendor = field(default_factory=Vendor)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    entered: int = 0

    @property
    def executions(self) -> DynamoExecutionStore:
        return DynamoExecutionStore(
            self.dynamodb,
            executions_table="executions",
            events_table="events",
            leases_table="leases",
        )

    @property
    def engine(self) -> StepFunctionsEngine:
        return StepFunctionsEngine(
            self.stepfunctions, machines={Kind.DEPLOYMENT: MACHINE}, aftercare=AFTERCARE
        )

    @property
    def settlement(self) -> Settlement:
        return Settlement(executions=self.executions, clock=self.clock, retention=RETENTION)

    def accept(self, **changes: Any) -> Task:
        """Let functions/api accept a deployment."""
        accept = Accept(
            executions=self.executions,
            engine=self.engine,
            quota=Quota(self.executions, most=1000),
            clock=self.clock,
        )
        return accept(a_request(idempotency_key="k", **changes))

    def accept_unstarted(self) -> Task:
        """Let functions/api die between a deployment's record and its start."""
        self.stepfunctions.cut("start_execution", Cut.KILLED_BEFORE)
        with pytest.raises(Killed):
            self.accept()
        (task_id,) = self.tasks()
        standing = self.executions.get(task_id)
        assert standing is not None
        return standing

    def step(self, task: Task, name: str = "submit", *, retry: int = 0) -> Directive:
        """Let a state of the machine run: entered now, or retried."""
        if not retry:
            self.entered += 1
            self.clock.advance(0.001)
        runner = StepRunner(
            executions=self.executions,
            leases=DynamoLeaseStore(self.dynamodb, leases_table="leases"),
            clock=self.clock,
            settlement=self.settlement,
            waits=Waits(self.clock, poll_interval_seconds=30),
            soft_limit_seconds=300,
        )
        deployment = Deployment(runner=runner, connectors=lambda _: self.vendor)
        step: Directive = getattr(deployment, name)(self._event(task, retry), {})
        return step

    def settle(self, task: Task) -> Directive:
        """Let functions/settle run, as the flow does with what it has caught."""
        self.entered += 1
        settle = SettleUnfinished(
            executions=self.executions, clock=self.clock, settlement=self.settlement
        )
        return settle(self._event(task, 0), "StaleAttemptError")

    def _event(self, task: Task, retry: int) -> dict[str, Any]:
        return step_event(task, attempt(self.entered, retry=retry))

    @property
    def reconciler(self) -> Reconciler:
        return Reconciler(
            executions=self.executions,
            engine=self.engine,
            settlement=self.settlement,
            aftercare=Aftercare(executions=self.executions, engine=self.engine),
            questions=TokenBucket(
                rate=8, burst=80, monotonic=self.clock.monotonic, sleep=self.clock.sleep
            ),
            clock=self.clock,
        )

    def sweep(self) -> dict[Seen, int]:
        """Let functions/upkeep/tasks sweep, a minute later."""
        self.clock.advance(60)
        sweep = Sweep(
            executions=self.executions,
            reconciler=self.reconciler,
            publish=lambda _: None,
            clock=self.clock,
        )
        return dict(sweep().seen)

    def until_terminal(self, task: Task) -> int:
        """Sweep each minute until a task has ended, and return how many minutes that took."""
        for minute in range(200):
            if self.read(task).status.is_terminal:
                return minute
            self.sweep()
        raise AssertionError("it never ends")

    def hint(self, task: Task) -> Seen:
        """Let functions/upkeep/hints hear of the task's execution."""
        return self.reconciler.hint(task.execution_name)

    def dies(self, task: Task, status: str, error: str | None = None) -> None:
        """Let a task's execution end by what no flow can catch: moto has no such thing itself."""
        machine = stepfunctions_backends[ACCOUNT][REGION].describe_state_machine(MACHINE)
        (execution,) = [each for each in machine.executions if each.name == task.execution_name]
        execution.status, execution.error = status, error

    def read(self, task: Task) -> Task:
        """Return the task as a client sees it."""
        read = ReadTask(executions=self.executions, clock=self.clock)
        standing = read(task.task_id, caller="user-1", operator=False)
        assert standing is not None
        return standing

    def tasks(self) -> list[str]:
        """Return the ids of all tasks."""
        items = self.dynamodb.scan(TableName="executions")["Items"]
        return [item["task_id"]["S"] for item in items]

    def trail(self) -> list[str]:
        """Return the types of all events."""
        return [item["type"]["S"] for item in self.dynamodb.scan(TableName="events")["Items"]]

    def started(self) -> list[str]:
        """Return the names of all executions."""
        listed = self.stepfunctions.list_executions(stateMachineArn=MACHINE)["executions"]
        return [execution["name"] for execution in listed]

    def assert_ended_once(self, task: Task, status: Status, *, effects: int) -> None:
        """Check what the whole table promises: one end, its event, and no effect too many."""
        assert self.read(task).status is status
        assert len(self.trail()) == 1
        assert self.vendor.effects == [task.mark] * effects

"""Everything real but AWS: the service, the connector, the HTTP client, and a vendor's stand-in.

`Machine` walks a task through functions/deployment/flow.asl.json, retries and Settle included.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.adapters.http.exchange import Patience
from breakwater.domain.errors import BreakwaterError, StorageUnavailableError, TransientError
from breakwater.domain.events import EventType
from breakwater.domain.progress import Directive, Next
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Connector, HttpClient, Streaming
from breakwater.registry import connectors
from breakwater.resilience.guards import Guards
from breakwater.services.deployment import Deployment
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import StepRunner
from breakwater.services.waits import Waits
from tests.contract.connectors.vendor import Vendor, VendorClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import a_task

V = TypeVar("V", bound=Vendor)

SOON = 0.95
"""Seconds of real time that an attempt may take here, at a vendor that lets one wait."""
PATIENT = 5.0
"""The same at one that does not: what takes longer than SOON is then a busy machine's doing."""

ENDS = {
    EventType.CONNECTOR_DEPLOY_SUCCESS: Status.SUCCESS,
    EventType.CONNECTOR_DEPLOY_FAILED: Status.FAILED,
    EventType.TASK_OUTCOME_UNKNOWN: Status.UNKNOWN,
}
RETRIED = (TransientError, StorageUnavailableError)
MAX_ATTEMPTS, INTERVAL, MAX_DELAY = 3, 60.0, 300.0
"""The ASL's own numbers; its jitter is left out."""


class World(Generic[V]):
    """The parts, put together as bootstrap does it; `payload` is what is accepted by default."""

    def __init__(
        self, vendor: V, http: HttpClient, clock: VendorClock, payload: Mapping[str, Any]
    ) -> None:
        self.vendor = vendor
        self.clock = clock
        self.payload = payload
        self.executions = MemoryExecutionStore()
        self.leases = MemoryLeaseStore()
        self.secret = dict(vendor.secret)
        settlement = Settlement(
            executions=self.executions, clock=clock, retention=timedelta(days=30)
        )
        self._runner = StepRunner(
            executions=self.executions,
            leases=self.leases,
            clock=clock,
            settlement=settlement,
            waits=Waits(clock, poll_interval_seconds=30),
            soft_limit_seconds=300,
        )
        self.deployment = self.with_http(http)
        self.settle = SettleUnfinished(
            executions=self.executions, clock=clock, settlement=settlement
        )

    def with_http(self, http: HttpClient) -> Deployment:
        """Return the service as another Lambda environment holds it, on the same stores."""
        vendors = connectors(self._source(), http, self.clock)
        return Deployment(runner=self._runner, connectors=vendors)

    def _source(self) -> FixedConfiguration:
        return FixedConfiguration(self.vendor.settings, self.secret, service=self.vendor.name)

    def connector(self, http: HttpClient) -> Connector:
        """Return the vendor's connector, as another Lambda environment holds it."""
        return connectors(self._source(), http, self.clock)(self.vendor.name)

    def accept(
        self,
        *,
        deadline: timedelta = timedelta(hours=1),
        key: str | None = None,
        **payload: Any,
    ) -> "Machine":
        """Accept a deployment; the machine is about to run it."""
        now = self.clock.now()
        task = a_task(now=now, deadline=deadline, service=self.vendor.name, idempotency_key=key)
        return Machine(self, self.executions.create(task, now=now), {**self.payload, **payload})


@dataclass
class Machine:
    """One execution. `statuses` is what a client would have seen, change by change."""

    world: World[Any]
    task: Task
    payload: Mapping[str, Any]
    state: Next = Next.SUBMIT
    retry_count: int = 0
    on_open_circuit: str = "wait"
    statuses: list[Status] = field(default_factory=list)
    _entered_at: str | None = None

    def event(self) -> dict[str, Any]:
        """Return what the state machine invokes its step with, now."""
        if self._entered_at is None:
            self.world.clock.advance(0.001)  # no two states are entered at the same time
            self._entered_at = self.world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "task_id": self.task.task_id,
            "execution": self.task.execution_name,
            "entered_at": self._entered_at,
            "retry_count": self.retry_count,
            "correlation_id": self.task.correlation_id,
            "command": {
                "connector_type": self.task.service,
                "payload": dict(self.payload),
                "on_open_circuit": self.on_open_circuit,
            },
        }

    def invoke(self, deployment: Deployment | None = None) -> Directive:
        """Run the current state's step once, and let what it raises through."""
        service = deployment or self.world.deployment
        step = service.submit if self.state is Next.SUBMIT else service.poll
        try:
            return step(self.event(), self.payload)
        finally:
            self._look()

    def go_on(self, directive: Directive) -> None:
        """Follow a step's answer to the next state, past its waiting time."""
        self.state, self.retry_count, self._entered_at = directive.next, 0, None
        if directive.resume_at is not None:
            left = (directive.resume_at - self.world.clock.now()).total_seconds()
            self.world.clock.advance(max(0.0, left))

    def retry(self) -> None:
        """Go on to the state's next attempt, past its pause."""
        self.world.clock.advance(min(INTERVAL * 2.0**self.retry_count, MAX_DELAY))
        self.retry_count += 1

    def step(self) -> None:
        """Run one attempt and take the state machine to wherever that leads it."""
        try:
            directive = self.invoke()
        except RETRIED as error:
            if self.retry_count < MAX_ATTEMPTS:
                self.retry()
                return
            directive = self.caught(type(error).__name__)
        except BreakwaterError as error:
            directive = self.caught(type(error).__name__)
        self.go_on(directive)

    def caught(self, error_type: str) -> Directive:
        """Run Settle, as the state's Catch does."""
        self.retry_count, self._entered_at = 0, None
        directive = self.world.settle(self.event(), error_type)
        self._look()
        return directive

    def run(self, steps: int = 200) -> Task:
        """Run to the end, and check what holds of every end."""
        for _ in range(steps):
            if self.state in {Next.SUCCEED, Next.FAIL}:
                break
            self.step()
        else:
            raise AssertionError(f"no end in sight: {self.now()}")
        task = self.now()
        events = self.world.executions.events
        ends = [event for event in events if event.execution_name == task.execution_name]
        assert [ENDS[event.type] for event in ends] == [task.status]
        assert ends[0].correlation_id == task.correlation_id
        assert (self.state is Next.SUCCEED) == (task.status is Status.SUCCESS)
        return task

    def now(self) -> Task:
        """Return the task as it is stored."""
        task = self.world.executions.get(self.task.task_id)
        assert task is not None
        return task

    @property
    def error_type(self) -> str | None:
        """Return the stored error's name."""
        problem = self.now().problem
        return problem.type if problem else None

    def _look(self) -> None:
        status = self.now().status
        if self.statuses[-1:] != [status]:
            self.statuses.append(status)


class _Client(RetryableHTTPClient):
    """A client that is patient while its vendor is not told to be slow."""

    def __init__(self, vendor: Vendor, **options: Any) -> None:
        super().__init__(**options)
        self._vendor = vendor

    def _patience_for(self, streaming: Streaming | None) -> Patience:
        if streaming is None and not self._vendor.is_slow:
            return Patience(PATIENT, PATIENT, PATIENT)
        return super()._patience_for(streaming)


@contextmanager
def a_client(
    clock: VendorClock, seconds: float = SOON, guards: Guards | None = None
) -> Iterator[RetryableHTTPClient]:
    """Give a client whose attempts at a slow vendor end after `seconds` of real time."""
    times = dict.fromkeys(("connect_timeout", "read_timeout", "total_timeout"), seconds)
    client = _Client(clock.vendor, clock=clock, guards=guards, **times)
    try:
        yield client
    finally:
        client.close()

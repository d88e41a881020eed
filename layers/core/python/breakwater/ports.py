"""What the services and connectors ask of the world: protocols that adapters and twins fulfil."""

import json
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypedDict, Unpack

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Lookup, Progress
from breakwater.domain.tasks import Outcome, Task
from breakwater.resilience.deadline import Deadline


class Clock(Protocol):
    """Time, injected, so that tests own it."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class ExecutionStore(Protocol):
    """Task records. Each method is one atomic, conditional intent.

    Any of them may raise StorageUnavailableError; a write that raises it may still have landed.
    """

    def create(self, task: Task, *, now: datetime) -> Task:
        """Store a new task, unless one that has not expired stands under its id.

        Returns the task that stands: `task` itself, also when an earlier try of this very request
        (same `request_token`) had written it, or the other one.
        """
        ...

    def get(self, task_id: str) -> Task | None:
        """Return the task by a consistent read, or None."""
        ...

    def claim(
        self,
        task_id: str,
        *,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
    ) -> Task:
        """Make `attempt` the owner: unfinished, of this execution, and newer than the last owner.

        A retry of the same state counts in `retries`. Raises TaskSettledError, StaleAttemptError.
        """
        ...

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        """Write down an effect before it is tried. Raises StaleAttemptError."""
        ...

    def advance(self, task: Task, *, now: datetime) -> Task:
        """Store where a task stands: status, intent, handle, problem, retry_at, due_at.

        Raises StaleAttemptError.
        """
        ...

    def settle(self, task: Task, outcome: Outcome, *, now: datetime, expires_at: datetime) -> Task:
        """End the task and append its event, in one transaction. Raises StaleAttemptError."""
        ...


class LeaseStore(Protocol):
    """Exclusive use of something at a vendor, for a bounded time."""

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        """Take or renew the lease. Raises ResourceBusyError, StorageUnavailableError."""
        ...

    def release(self, resource: str, *, holder: str) -> None:
        """Give it back; nothing happens if it is no longer held. Raises StorageUnavailableError."""
        ...


class WorkflowEngine(Protocol):
    """Starts executions."""

    def start(self, task: Task) -> None:
        """Start the task's execution under its own name with its own bytes.

        Returns also when it had been started before. Raises EngineUnavailableError when nothing is
        known to have started, and EngineRefusedError when asking again cannot help.
        """
        ...


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A vendor's answer with a status below 400 (or one that the caller asked to see)."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names. Like the body they may hold secrets: neither is shown."""
    body: bytes = field(repr=False)
    service: str
    may_have_applied: bool = True
    """Whether asking may have changed something at the vendor: not where it was only read."""

    def json(self) -> Any:
        """Return the decoded body. Raises TransientError: a vendor that is well sends JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise TransientError(
                f"{self.service} answered {self.status_code} with a body that is not JSON",
                service=self.service,
                status_code=self.status_code,
                may_have_applied=self.may_have_applied,
            ) from error


class HttpOptions(TypedDict, total=False):
    """What a request may carry beyond its method, URL and bounds; see HttpClient.request."""

    repeatable: bool | None
    vouches: bool
    transient: Collection[int]
    headers: Mapping[str, str]
    json_body: Any
    form: Mapping[str, str]
    params: Mapping[str, str]


class HttpClient(Protocol):
    """HTTP with bounded time and tries: adapters.http.RetryableHTTPClient."""

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        correlation_id: str,
        deadline: Deadline,
        **options: Unpack[HttpOptions],
    ) -> HttpResponse:
        """Send a request, within `deadline`, up to three times.

        `repeatable` says whether sending it twice is as good as once; by default GET, HEAD,
        OPTIONS, PUT and DELETE are, POST and PATCH are not. `transient` names further statuses that
        may pass. `vouches` is False for what may answer while the service itself is down, such as a
        login: its answers do not close a circuit, its failures count. Raises TransientError
        (ThrottledError where the vendor named a time that is too long to wait for here),
        PermanentError, and CircuitBreakerOpenError where the service's circuit refuses a try.
        """
        ...


class ConfigurationSource(Protocol):
    """Where a service is and how to log in to it.

    Both raise ConfigurationError, and TransientError while neither can be read.
    """

    def settings(self, service: str) -> Mapping[str, Any]:
        """Return the service's settings: base URLs and options, never from a payload."""
        ...

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        """Return the service's credentials; `fresh` reads past the cache, after a rotation."""
        ...


class Receipt(Protocol):
    """Where a connector notes, inside an effect, what it needs to follow it up."""

    handle: Mapping[str, Any]


class Run(Protocol):
    """What a connector may ask of the step that runs it."""

    @property
    def correlation_id(self) -> str:
        """The id that ties log lines, headers and events together."""
        ...

    @property
    def deadline(self) -> Deadline:
        """When this step must be done with the vendor."""
        ...

    def effect(self, name: str, **details: str) -> AbstractContextManager[Receipt]:
        """Enclose the one call that changes something: it is written down before it is tried."""
        ...

    def lease(self, resource: str) -> AbstractContextManager[None]:
        """Hold `resource` alone, with the deadline cut to the lease. Raises ResourceBusyError."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline."""
        ...


class Connector(Protocol):
    """A vendor: payload to calls to result.

    Every method raises TransientError, PermanentError and CircuitBreakerOpenError.
    """

    def submit(self, run: Run, payload: Mapping[str, Any]) -> Progress:
        """Carry the operation out, or start it."""
        ...

    def find_effect(
        self, run: Run, payload: Mapping[str, Any], intent: Mapping[str, Any]
    ) -> Lookup:
        """Say whether the effect that an earlier attempt intended has happened."""
        ...

    def poll(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> Progress:
        """Say how far an operation is whose effect has happened."""
        ...

    def probe(self, run: Run) -> None:
        """Make the vendor's cheapest authenticated read, once: returning means that it answers."""
        ...

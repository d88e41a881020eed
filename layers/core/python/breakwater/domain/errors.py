"""Every error that Breakwater raises on purpose.

    BreakwaterError
    ├── TransientError              the vendor may recover: try again
    │   └── ThrottledError          it said when
    ├── CircuitBreakerOpenError     the service's circuit is open: ask again later
    ├── PermanentError              trying again cannot help
    ├── PartialFailureError         the vendor did some of it and refused the rest
    ├── OutcomeUnknownError         nobody can tell whether the effect happened
    ├── DeadlineExceededError       the task ran out of time
    ├── ExecutionDiedError          what worked on the task has ended, and the task had not
    ├── ResourceBusyError           another task holds what this one needs: wait
    ├── ParkedError                 there is nothing to do before a known time: wait
    ├── StaleAttemptError           a newer attempt, or an end, has overtaken this one
    │   └── RunOvertakenError       the run of many retries that it is part of
    ├── TaskSettledError            the task has ended already
    ├── TaskStateError              the task, as it stands, does not allow what was asked
    ├── IdempotencyConflictError    the key was used for another request
    ├── AlreadyRunningError         another task does this already, and one is enough
    ├── ConversationFullError       a conversation has as many turns as it may have
    ├── TooManyUnfinishedError      a user has as many unfinished tasks as they may have
    ├── StorageUnavailableError     DynamoDB did not answer, or refused for load
    ├── EngineUnavailableError      Step Functions did not answer, or asked for less load
    ├── EngineRefusedError          Step Functions will not start this, however often it is asked
    └── ConfigurationError          this deployment is not set up for what was asked

Names are part of the contract: Step Functions matches `Retry` and `Catch` against the class name
(tests/infra/test_flow.py checks every name in the ASL against this module), and a task's
`error.type` carries it to clients.
"""

from datetime import datetime

MAX_BODY_CHARS = 500
"""How much of a vendor's answer an error keeps (the specification's own bound)."""


class BreakwaterError(Exception):
    """The root: `str(error)` is safe to store and to show."""


class _VendorError(BreakwaterError):
    """What a vendor's refusal carries: who, which status, and the redacted start of the body."""

    def __init__(
        self,
        message: str,
        *,
        service: str | None = None,
        status_code: int | None = None,
        response_body: str | None = None,
    ) -> None:
        super().__init__(message)
        self.service = service
        self.status_code = status_code
        self.response_body = response_body[:MAX_BODY_CHARS] if response_body else None


class TransientError(_VendorError):
    """A failure that may pass: 5xx, 408, 429, a timeout, a connection that broke.

    `may_have_applied` is False only where the request certainly changed nothing at the vendor (it
    never left, or was refused for load): an effect behind such an error needs no look-up.
    `blames_service` is False where it says nothing of the service's health: it throttled, or we
    cut the call short ourselves.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str | None = None,
        status_code: int | None = None,
        response_body: str | None = None,
        may_have_applied: bool = True,
        blames_service: bool = True,
    ) -> None:
        super().__init__(
            message, service=service, status_code=status_code, response_body=response_body
        )
        self.may_have_applied = may_have_applied
        self.blames_service = blames_service


class ThrottledError(TransientError):
    """The vendor asks for patience: `retry_after` is in seconds from now."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float,
        service: str | None = None,
        status_code: int | None = None,
        response_body: str | None = None,
        may_have_applied: bool = False,
        blames_service: bool = False,
    ) -> None:
        super().__init__(
            message,
            service=service,
            status_code=status_code,
            response_body=response_body,
            may_have_applied=may_have_applied,
            blames_service=blames_service,
        )
        self.retry_after = retry_after


class CircuitBreakerOpenError(BreakwaterError):
    """The circuit of `service` is open; `retry_after` is in seconds from now.

    The refused try was not sent; `may_have_applied` is True where an earlier one, whose failure may
    have opened the circuit, leaves it in doubt.
    """

    may_have_applied = False

    def __init__(self, service: str, *, retry_after: float) -> None:
        # Its text is put together by who reads it: most refusals are counted and forgotten.
        self.service = service
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"Circuit breaker for '{self.service}' is open. Service unavailable."


class PermanentError(_VendorError):
    """A definite refusal: a 4xx, a failed login, an app that is not published."""


class PartialFailureError(PermanentError):
    """The vendor carried out a part. `result` says which, in the shape of a connector's result."""

    def __init__(self, message: str, *, service: str, result: dict[str, object]) -> None:
        super().__init__(message, service=service)
        self.result = result


class OutcomeUnknownError(BreakwaterError):
    """An effect was intended and nobody can tell whether it happened: a human must look."""


class DeadlineExceededError(BreakwaterError):
    """The task's own deadline has passed."""


class ExecutionDiedError(BreakwaterError):
    """The task's execution has ended without writing how the task has."""


class ResourceBusyError(BreakwaterError):
    """Another task holds `resource` until at most `held_until`."""

    def __init__(self, resource: str, *, held_until: datetime) -> None:
        # Not what it is: the rest of its name is of a payload.
        kind = resource.partition("/")[0]
        super().__init__(f"what this needs of {kind} is in use by another task")
        self.resource = resource
        self.held_until = held_until


class ParkedError(BreakwaterError):
    """The work can go on at `until`, and not before; waiting costs no attempt."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class StaleAttemptError(BreakwaterError):
    """This attempt no longer owns the task: whatever it still wants to write must not land."""


class RunOvertakenError(StaleAttemptError):
    """The run that this retry is a part of has ended, or belongs to another attempt."""


class TaskSettledError(BreakwaterError):
    """The task has already ended with `status`."""

    def __init__(self, task_id: str, status: str) -> None:
        super().__init__(f"task {task_id} has ended: {status}")
        self.status = status


class TaskStateError(BreakwaterError):
    """What was asked cannot be done to the task as it stands."""


class IdempotencyConflictError(BreakwaterError):
    """The idempotency key stands for a request with another body."""


class AlreadyRunningError(BreakwaterError):
    """Task `task_id` has `resource`, which one unfinished task may have at a time."""

    def __init__(self, resource: str, *, task_id: str) -> None:
        super().__init__(f"{resource} is running already, as task {task_id}")
        self.resource = resource
        self.task_id = task_id


class ConversationFullError(BreakwaterError):
    """The conversation takes no further question."""

    def __init__(self) -> None:
        super().__init__("the conversation has as many turns as it may have: begin another")


class TooManyUnfinishedError(BreakwaterError):
    """The user has `most` unfinished tasks with `service`: as many as they may have at a time."""

    def __init__(self, service: str, *, most: int) -> None:
        super().__init__(
            f"There are {most} unfinished tasks with {service}, as many as a user may have. "
            "Ask again when some of them have ended."
        )


class StorageUnavailableError(BreakwaterError):
    """DynamoDB did not answer in time, or asked for less load. Nothing is known to be written.

    `is_throttle`: it answered, and asked for less load: others are served meanwhile.
    """

    def __init__(self, message: str, *, is_throttle: bool = False) -> None:
        super().__init__(message)
        self.is_throttle = is_throttle


class EngineUnavailableError(BreakwaterError):
    """Step Functions did not answer in time, or throttled. The execution may have started."""


class EngineRefusedError(BreakwaterError):
    """Step Functions will not start the execution: no such machine, or no right to start it."""


class ConfigurationError(BreakwaterError):
    """A setting, a parameter or a secret that this deployment needs is missing or unreadable."""

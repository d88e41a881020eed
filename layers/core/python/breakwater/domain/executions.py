"""How a task's execution stands, as the workflow engine tells it."""

from dataclasses import dataclass
from enum import StrEnum


class ExecutionStatus(StrEnum):
    """Step Functions' words for it.

    Source: docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """

    RUNNING = "RUNNING"
    PENDING_REDRIVE = "PENDING_REDRIVE"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen in it."""
        return self not in {ExecutionStatus.RUNNING, ExecutionStatus.PENDING_REDRIVE}


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution; `error` names what it failed of, without the cause, which may quote data."""

    status: ExecutionStatus
    error: str | None = None


def task_id_of(execution_name: str) -> str:
    """Return whose execution has this name, which begins with the task's id, a UUID."""
    return execution_name[:36]

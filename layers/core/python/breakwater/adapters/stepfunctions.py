"""ports.WorkflowEngine on Step Functions."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from breakwater.adapters.aws import UNREACHABLE, code_of, is_unavailable
from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.requests import canonical
from breakwater.domain.tasks import Kind, Task

MAX_ERROR_CHARS = 256
"""What Step Functions takes as the error of a stopped execution, and keeps of any.
Source: docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""


_MACHINE_PARTS = 7
"""Of `arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME`, before a version or an alias."""


class StepFunctionsEngine:
    """Each task's execution on the state machine of its kind."""

    def __init__(
        self,
        client: Any,
        *,
        machines: Mapping[Kind, str],
        aftercare: str | None = None,
        trace: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Bind to machines, by their ARNs; cancelling needs that of `aftercare`.

        `trace` gives X-Ray's header, which executions go on with.
        """
        self._client = client
        self._machines = machines
        self._aftercare = aftercare
        self._trace = trace

    def start(self, task: Task) -> bool:
        """Start the execution, or find it started.

        StartExecution is idempotent for the same name and input while the execution runs, and
        refuses a name that a closed one has used: both are success, as the name is this task's.
        Source: docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        try:
            self._start(self._machines[task.kind], task.execution_name, task.input.decode())
        except _Exists:
            return False
        return True

    def start_aftercare(self, task: Task) -> None:
        """Start the aftercare of an ended task, or find it started."""
        if self._aftercare is None:
            raise TypeError("this engine was built without the aftercare machine")
        due = int(task.due_at.timestamp()) if task.due_at else 0
        given = json.loads(task.input)
        # The record knows its steps by the execution that it was accepted with.
        given["execution"] = task.execution_name
        name = f"{task.execution_name}-after-{due:x}"
        with suppress(_Exists):
            self._start(self._aftercare, name, canonical(given).decode())

    def describe(self, task: Task) -> Execution | None:
        """Return how the execution stands. What is read may be a moment old."""
        try:
            with _translated():
                answer = self._client.describe_execution(executionArn=self._arn(task))
        except _Missing:
            return None
        error = answer.get("error")
        return Execution(
            status=ExecutionStatus(answer["status"]),
            error=error[:MAX_ERROR_CHARS] if error else None,
        )

    def stop(self, task: Task, *, why: str) -> None:
        """Stop the execution; one that has ended, or never began, is left as it is."""
        try:
            with _translated():
                self._client.stop_execution(
                    executionArn=self._arn(task), error=why[:MAX_ERROR_CHARS]
                )
        except _Missing:
            return

    def _start(self, machine: str, name: str, given: str) -> None:
        header = self._trace()
        with _translated():
            self._client.start_execution(
                stateMachineArn=machine,
                name=name,
                input=given,
                **({"traceHeader": header} if header else {}),
            )

    def _arn(self, task: Task) -> str:
        return execution_arn(self._machines[task.kind], task.execution_name)


class _Exists(Exception):  # noqa: N818 - an answer
    """The name is an execution's already."""


class _Missing(Exception):  # noqa: N818 - an answer
    """There is no such execution."""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _meaning(error) from error
    except UNREACHABLE as error:
        raise EngineUnavailableError("Step Functions did not answer in time") from error


def _meaning(error: ClientError) -> Exception:
    code = code_of(error)
    if code == "ExecutionAlreadyExists":
        return _Exists()
    if code == "ExecutionDoesNotExist":
        return _Missing()
    # ExecutionLimitExceeded: the account's cap on open executions, which passes.
    if is_unavailable(error) or code == "ExecutionLimitExceeded":
        return EngineUnavailableError(code)
    return EngineRefusedError(code)


def execution_arn(machine_arn: str, execution_name: str) -> str:
    """Return the ARN of an execution: `…:stateMachine:NAME` → `…:execution:NAME:EXECUTION`.

    An execution that an alias has started (`…:stateMachine:NAME:ALIAS`) is called no differently.
    """
    machine = ":".join(machine_arn.split(":")[:_MACHINE_PARTS])
    return f"{machine.replace(':stateMachine:', ':execution:')}:{execution_name}"

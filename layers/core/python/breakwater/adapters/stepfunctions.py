"""ports.WorkflowEngine on Step Functions."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from breakwater.adapters.aws import UNREACHABLE, code_of, is_unavailable
from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.tasks import Kind, Task


class StepFunctionsEngine:
    """Starts a task's execution on the state machine of its kind."""

    def __init__(self, client: Any, *, machines: Mapping[Kind, str]) -> None:
        self._client = client
        self._machines = machines

    def start(self, task: Task) -> None:
        """Start the execution, or find it started.

        StartExecution is idempotent for the same name and input while the execution runs, and
        refuses a name that a closed one has used: both are success, as the name is this task's.
        Source: docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        try:
            self._client.start_execution(
                stateMachineArn=self._machines[task.kind],
                name=task.execution_name,
                input=task.input.decode(),
            )
        except ClientError as error:
            if code_of(error) == "ExecutionAlreadyExists":
                return
            # ExecutionLimitExceeded: the account's cap on open executions, which passes.
            if is_unavailable(error) or code_of(error) == "ExecutionLimitExceeded":
                raise EngineUnavailableError(code_of(error)) from error
            raise EngineRefusedError(code_of(error)) from error
        except UNREACHABLE as error:
            raise EngineUnavailableError("Step Functions did not answer in time") from error


def execution_arn(machine_arn: str, execution_name: str) -> str:
    """Return the ARN of an execution: `…:stateMachine:NAME` → `…:execution:NAME:EXECUTION`."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{execution_name}"

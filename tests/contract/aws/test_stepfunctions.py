from collections.abc import Iterator
from functools import partial
from typing import Any

import botocore.exceptions
import pytest
from botocore.stub import Stubber

from breakwater.adapters.aws import INTERACTIVE, client
from breakwater.adapters.stepfunctions import StepFunctionsEngine, execution_arn
from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.tasks import Kind
from tests.fakes.tasks import a_task
from tests.functions.lambdas import MACHINE

TASK = a_task()
ARN = execution_arn(MACHINE, TASK.execution_name)


class Bench:
    """The adapter on a client that answers what a test says."""

    def __init__(self) -> None:
        self.client = client("stepfunctions", INTERACTIVE)
        self.stubber = Stubber(self.client)
        self.engine = StepFunctionsEngine(self.client, machines={Kind.DEPLOYMENT: MACHINE})

    def refuse(self, code: str, status: int = 400, call: str = "start_execution") -> None:
        self.stubber.add_client_error(call, code, http_status_code=status)

    def answer(self, status: str, **more: str) -> None:
        """Let the execution of `TASK` stand so, once."""
        answer = {
            "executionArn": ARN,
            "stateMachineArn": MACHINE,
            "startDate": TASK.created_at,
            "status": status,
            **more,
        }
        self.stubber.add_response("describe_execution", answer, {"executionArn": ARN})


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    with made.stubber:
        yield made


def test__start__sends_the_tasks_own_name_and_bytes(bench: Bench) -> None:
    task = a_task()
    arn = execution_arn(MACHINE, task.execution_name)
    sent = {
        "stateMachineArn": MACHINE,
        "name": task.execution_name,
        "input": task.input.decode(),
    }
    answer = {"executionArn": arn, "startDate": task.created_at}
    bench.stubber.add_response("start_execution", answer, sent)
    assert bench.engine.start(task)

    bench.stubber.assert_no_pending_responses()


def test__start__already_exists__is_success(bench: Bench) -> None:
    bench.refuse("ExecutionAlreadyExists")
    assert not bench.engine.start(a_task())

    bench.stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("TooManyRequestsException", 429),
        ("RequestLimitExceeded", 400),
        ("ExecutionLimitExceeded", 400),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("Whatever", 502),
    ],
)
def test__start__refused_for_now__is_unavailable(bench: Bench, code: str, status: int) -> None:
    bench.refuse(code, status)

    with pytest.raises(EngineUnavailableError, match=code):
        bench.engine.start(a_task())


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "StateMachineDoesNotExist",
        "StateMachineDeleting",
        "InvalidArn",
        "InvalidName",
        "InvalidExecutionInput",
        "ValidationException",
    ],
)
def test__start__refused_for_good__is_refused(bench: Bench, code: str) -> None:
    bench.refuse(code)

    with pytest.raises(EngineRefusedError, match=code):
        bench.engine.start(a_task())


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.ReadTimeoutError(endpoint_url="https://states"),
        botocore.exceptions.ConnectTimeoutError(endpoint_url="https://states"),
        botocore.exceptions.EndpointConnectionError(endpoint_url="https://states"),
        botocore.exceptions.ConnectionClosedError(endpoint_url="https://states"),
        botocore.exceptions.SSLError(endpoint_url="https://states", error=OSError()),
        botocore.exceptions.ProxyConnectionError(proxy_url="http://proxy"),
    ],
    ids=lambda error: type(error).__name__,
)
def test__no_answer__is_unavailable(error: Exception) -> None:
    class Silent:
        def answers_nothing(self, **_: Any) -> None:
            raise error

        start_execution = describe_execution = stop_execution = answers_nothing

    engine = StepFunctionsEngine(Silent(), machines={Kind.DEPLOYMENT: MACHINE})

    for call in (engine.start, engine.describe, partial(engine.stop, why="late")):
        with pytest.raises(EngineUnavailableError) as caught:
            call(TASK)
        assert "states" not in str(caught.value)


@pytest.mark.parametrize("status", ExecutionStatus)
def test__describe__says_how_it_stands(bench: Bench, status: ExecutionStatus) -> None:
    bench.answer(status.value)
    assert bench.engine.describe(TASK) == Execution(status)


def test__describe__failed__says_of_what_but_not_what_was_in_it(bench: Bench) -> None:
    bench.answer("FAILED", error="States.Runtime" + "!" * 300, cause='{"secret": 1}')
    execution = bench.engine.describe(TASK)
    assert execution is not None
    assert execution.error == ("States.Runtime" + "!" * 300)[:256]
    assert "secret" not in repr(execution)


def test__describe__unknown_to_aws__is_none(bench: Bench) -> None:
    bench.refuse("ExecutionDoesNotExist", call="describe_execution")
    assert bench.engine.describe(TASK) is None


def test__stop__says_why(bench: Bench) -> None:
    sent = {"executionArn": ARN, "error": "late"}
    bench.stubber.add_response("stop_execution", {"stopDate": TASK.created_at}, sent)
    bench.engine.stop(TASK, why="late")
    bench.stubber.assert_no_pending_responses()


def test__stop__never_started__is_done(bench: Bench) -> None:
    bench.refuse("ExecutionDoesNotExist", call="stop_execution")
    bench.engine.stop(TASK, why="late")
    bench.stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("ThrottlingException", EngineUnavailableError),
        ("AccessDeniedException", EngineRefusedError),
        ("InvalidArn", EngineRefusedError),
    ],
)
def test__describe_and_stop__refused(bench: Bench, code: str, meaning: type[Exception]) -> None:
    bench.refuse(code, call="describe_execution")
    with pytest.raises(meaning, match=code):
        bench.engine.describe(TASK)
    bench.refuse(code, call="stop_execution")
    with pytest.raises(meaning, match=code):
        bench.engine.stop(TASK, why="late")


def test__execution_arn__is_the_machines_with_the_name() -> None:
    arn = execution_arn(MACHINE, "task-1")

    assert arn == "arn:aws:states:eu-west-1:123456789012:execution:deployment:task-1"


def test__alias__its_executions_are_called_as_the_machines() -> None:
    # AWS: an execution's ARN names machine and execution, whatever version or alias started it.
    assert execution_arn(f"{MACHINE}:live", "task-1") == execution_arn(MACHINE, "task-1")

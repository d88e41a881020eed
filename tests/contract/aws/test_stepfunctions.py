import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import botocore.exceptions
import pytest
from botocore.stub import Stubber
from pydantic import Field

from breakwater.adapters.aws import INTERACTIVE, client
from breakwater.adapters.stepfunctions import StepFunctionsEngine, execution_arn
from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.requests import MAX_BODY_BYTES
from breakwater.domain.tasks import Kind
from breakwater.ports.payloads import ConnectorPayload
from tests.fakes.front import Front
from tests.fakes.tasks import a_task
from tests.functions.lambdas import MACHINE

MAX_NAME = 80
NAME = re.compile(r"[0-9A-Za-z_-]+")
"""What never has to be escaped, which is stricter than what AWS refuses.
Source: docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
MAX_INPUT_BYTES = 256 * 1024
MAX_CAUSE_BYTES = 32 * 1024
"""A caught error's cause is added to the data that its task runs with."""
MAX_ITEM_BYTES = 400 * 1000
"""Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

TASK = a_task()
ARN = execution_arn(MACHINE, TASK.execution_name)


class FreePayload(ConnectorPayload):
    """A payload that may grow as large as a body."""

    a: str
    b: list[float] = Field(default_factory=list)

    @property
    def deployed(self) -> tuple[str, ...]:
        return ("anything",)


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


@pytest.mark.parametrize("key", [None, "k" * 255, "é" * 255])
def test__execution_name__whatever_the_key__is_one_that_aws_takes(key: str | None) -> None:
    name = a_task(idempotency_key=key, owner="u" * 255).execution_name

    assert len(name) <= MAX_NAME
    assert NAME.fullmatch(name)


def test__execution_arn__is_the_machines_with_the_name() -> None:
    arn = execution_arn(MACHINE, "task-1")

    assert arn == "arn:aws:states:eu-west-1:123456789012:execution:deployment:task-1"


@pytest.mark.parametrize("filler", ["a", "é", "€", "😀", "\x01", '"', "\\"])
def test__largest_body__fits_step_functions_and_an_item(filler: str) -> None:
    front = Front({"intune": lambda: FreePayload})
    ahead = {"connector_type": "intune", "payload": {"a": ""}}
    room = MAX_BODY_BYTES - len(json.dumps(ahead))
    text = json.dumps(filler, ensure_ascii=False)[1:-1]
    filled = text * (room // len(text.encode()))
    answer = front.post_text(json.dumps(ahead).replace('""', f'"{filled}"'))

    (task,) = front.store.tasks.values()
    assert answer.status == 202
    assert len(task.input) > MAX_BODY_BYTES - 200
    assert len(task.input) + MAX_CAUSE_BYTES <= MAX_INPUT_BYTES
    assert len(task.input) + 4096 <= MAX_ITEM_BYTES


def test__number_that_grows_when_written__is_refused_before_it_fits_no_more() -> None:
    front = Front({"intune": lambda: FreePayload})
    for count in (9_000, 12_000, 15_000, 30_000):
        numbers = ",".join(["1e15"] * count)
        body = f'{{"connector_type":"intune","payload":{{"a":"","b":[{numbers}]}}}}'
        assert front.post_text(body).status in {202, 413}

    sizes = [len(task.input) for task in front.store.tasks.values()]
    assert sizes
    assert max(sizes) + MAX_CAUSE_BYTES <= MAX_INPUT_BYTES


def test__alias__its_executions_are_called_as_the_machines() -> None:
    # AWS: an execution's ARN names machine and execution, whatever version or alias started it.
    assert execution_arn(f"{MACHINE}:live", "task-1") == execution_arn(MACHINE, "task-1")

"""What is read from requests, as the product's own stores write them."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from botocore.awsrequest import AWSPreparedRequest

from breakwater.adapters import aws
from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from infra.local.glue import WORKER
from tests.chaos.calls import Call, read
from tests.fakes.tasks import NOW, a_task, attempt

SENDER = "Breakwater Botocore/1.43 app/worker-4711"


class HeardError(Exception):
    """A request was heard, and goes no further."""


class Client:
    """Listens to the requests of a store."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __getattr__(self, method: str) -> Any:
        operation = "".join(part.capitalize() for part in method.split("_"))

        def send(**request: Any) -> NoReturn:
            self.calls.append(dynamodb(operation, request))
            raise HeardError

        return send


def dynamodb(operation: str, document: Any, **headers: str) -> Call:
    body = json.dumps(document, default=str).encode()
    target = f"DynamoDB_20120810.{operation}"
    return read({"x-amz-target": target, "user-agent": SENDER, **headers}, body)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def store(client: Client) -> DynamoExecutionStore:
    return DynamoExecutionStore(client, executions_table="executions", events_table="events")


@pytest.fixture
def task() -> Task:
    return replace(a_task(), status=Status.RUNNING, claimed_by=attempt().key)


def test__intent__is_seen__with_its_task_and_sender(
    client: Client, store: DynamoExecutionStore, task: Task
) -> None:
    with pytest.raises(HeardError):
        store.intend(task, {"effect": "assign"}, now=NOW)

    [call] = client.calls
    assert (call.service, call.operation) == ("dynamodb", "UpdateItem")
    assert (call.task, call.worker) == (task.task_id, 4711)
    assert call.writes
    assert call.intends


def test__progress__that_says_an_old_intent_again__is_no_new_one(
    client: Client, store: DynamoExecutionStore, task: Task
) -> None:
    with pytest.raises(HeardError):
        store.advance(replace(task, intent={"effect": "assign"}), now=NOW)

    [call] = client.calls
    assert call.task == task.task_id
    assert not call.intends


def test__end__is_of_its_task(client: Client, store: DynamoExecutionStore, task: Task) -> None:
    later = NOW + timedelta(days=1)
    with pytest.raises(HeardError):
        store.settle(task, Outcome(status=Status.SUCCESS), now=NOW, expires_at=later)

    [call] = client.calls
    assert (call.operation, call.task) == ("TransactWriteItems", task.task_id)
    assert call.writes
    assert not call.intends


def test__read__is_no_write(client: Client, store: DynamoExecutionStore, task: Task) -> None:
    with pytest.raises(HeardError):
        store.get(task.task_id)

    [call] = client.calls
    assert call.task == task.task_id
    assert not call.writes


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        ("StartExecution", {"name": "{execution}", "stateMachineArn": "arn:m", "input": "{}"}),
        ("DescribeExecution", {"executionArn": "arn:aws:states:r:1:execution:m:{execution}"}),
    ],
)
def test__execution__names_its_task(operation: str, document: dict[str, str]) -> None:
    task = a_task()
    text = json.dumps(document).replace("{execution}", task.execution_name)

    call = read({"x-amz-target": f"AWSStepFunctions.{operation}"}, text.encode())

    assert (call.service, call.task, call.worker) == ("states", task.task_id, None)
    assert call.writes == (operation == "StartExecution")


def test__circuits__belong_to_no_task() -> None:
    call = dynamodb("UpdateItem", {"Key": {"service": {"S": "intune"}}})

    assert call.task is None


@pytest.mark.parametrize("body", [b"", b"not json", b"[]"])
def test__nonsense__says_nothing(body: bytes) -> None:
    call = read({}, body)

    assert (call.service, call.operation, call.task) == ("", "", None)


def test__worker__is_read_from_what_the_products_own_client_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in (
        ("AWS_SDK_UA_APP_ID", f"{WORKER}4711"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
    ):
        monkeypatch.setenv(name, text)
    heard: list[Call] = []

    def hear(request: AWSPreparedRequest, **_: Any) -> NoReturn:
        headers = {
            name.lower(): text if isinstance(text, str) else text.decode()
            for name, text in request.headers.items()
        }
        assert isinstance(request.body, bytes)
        heard.append(read(headers, request.body))
        raise HeardError

    client = aws.client("dynamodb", aws.BREAKER)
    client.meta.events.register("before-send.dynamodb", hear)
    with pytest.raises(HeardError):
        client.get_item(TableName="executions", Key={"task_id": {"S": "t"}})

    assert [(call.operation, call.task, call.worker) for call in heard] == [("GetItem", "t", 4711)]

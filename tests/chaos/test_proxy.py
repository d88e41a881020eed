"""Each fault does what it says: to whoever asks, and to whoever is asked."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.standins.server import serving
from tests.chaos.proxy import Proxy, short
from tests.chaos.slayer import Slayer
from tests.chaos.strikes import Strikes
from tests.chaos.weather import KILL_AFTER, KILL_BEFORE, LOST_REPLY, THROTTLE, TIMEOUT, Weather

TASK = "6b0d6a54-0d3c-4a3e-9b7a-0f3f7e4f1c11"
UPDATE = {
    "TableName": "executions",
    "Key": {"task_id": {"S": TASK}},
    "UpdateExpression": "SET #0 = :0",
    "ExpressionAttributeNames": {"#0": "intent"},
    "ExpressionAttributeValues": {":0": {"S": "{}"}},
}


class Forecast(Weather):
    """Weather of which each card is known before."""

    def __init__(self) -> None:
        super().__init__(1)
        self.cards: list[str] = []

    def card(self, *_: object) -> str:
        return self.cards.pop(0) if self.cards else ""


@dataclass
class World:
    """The proxy between a client and an AWS that remembers what it was asked."""

    asked: list[tuple[str, Any]] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)
    weather: Forecast = field(default_factory=Forecast)
    strikes: Strikes = field(default_factory=Strikes)
    proxy: Proxy = field(init=False)
    url: str = ""

    async def aws(self, request: Request) -> Response:
        self.asked.append((request.headers["x-amz-target"], json.loads(await request.body())))
        return Response(b'{"Attributes": {}}', media_type="application/x-amz-json-1.0")

    def client(self, service: str = "dynamodb", function: str = "DeploymentSubmit") -> Any:
        config = Config(
            read_timeout=0.3,
            retries={"total_max_attempts": 1},
        )
        return botocore.session.get_session().create_client(
            service,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            endpoint_url=f"{self.url}/{function}",
            config=config,
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "worker-4711")
    world = World()
    with ExitStack() as running:
        aws = running.enter_context(
            serving(Starlette(routes=[Route("/", world.aws, methods=["POST"])]), name="aws")
        )

        def kill(pid: int) -> bool:
            world.killed.append(pid)
            return True

        world.proxy = Proxy(aws, world.weather, world.strikes, Slayer(kill))
        running.enter_context(world.proxy.http)
        world.url = running.enter_context(serving(world.proxy, name="proxy"))
        yield world


def fired(world: World) -> list[tuple[str, str | None]]:
    return [(strike.kind, strike.whose) for strike in world.strikes.all()]


def test__calm__requests_and_answers_pass_as_they_are(world: World) -> None:
    answer = world.client().update_item(**UPDATE)

    assert answer["Attributes"] == {}
    assert world.asked == [("DynamoDB_20120810.UpdateItem", UPDATE)]
    assert fired(world) == []
    assert len(world.proxy.intents[TASK]) == 1


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code"),
    [
        ("dynamodb", "update_item", UPDATE, "ProvisionedThroughputExceededException"),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:m", "name": f"{TASK}-1"},
            "ThrottlingException",
        ),
    ],
)
def test__throttled__is_told_so_and_nothing_is_done(
    world: World, service: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    world.weather.cards = [THROTTLE]

    with pytest.raises(ClientError) as error:
        getattr(world.client(service), operation)(**request_)

    assert error.value.response["Error"]["Code"] == code
    assert world.asked == []
    name = {"stepfunctions": "states"}.get(service, service)
    assert fired(world) == [(f"{name}: {THROTTLE}", TASK)]


def test__timed_out__waits_in_vain_and_nothing_is_done(world: World) -> None:
    world.weather.cards = [TIMEOUT]

    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        world.client().update_item(**UPDATE)

    assert world.asked == []
    assert fired(world) == [(f"dynamodb: {TIMEOUT}", TASK)]


def test__lost_reply__is_done_and_never_heard_of(world: World) -> None:
    world.weather.cards = [LOST_REPLY]

    with pytest.raises(botocore.exceptions.HTTPClientError):
        world.client().update_item(**UPDATE)

    assert len(world.asked) == 1
    assert fired(world) == [(f"dynamodb: {LOST_REPLY}", TASK)]
    assert world.strikes.all()[0].casts_doubt


def test__lost_reply__to_a_read__casts_no_doubt(world: World) -> None:
    world.weather.cards = [LOST_REPLY]

    with pytest.raises(botocore.exceptions.HTTPClientError):
        world.client().get_item(TableName="executions", Key={"task_id": {"S": TASK}})

    assert not world.strikes.all()[0].casts_doubt


@pytest.mark.parametrize(("card", "done"), [(KILL_BEFORE, 0), (KILL_AFTER, 1)])
def test__killed__its_request_is_done_or_not_as_said(world: World, card: str, done: int) -> None:
    world.weather.cards = [card]

    with pytest.raises(botocore.exceptions.HTTPClientError):
        world.client().update_item(**UPDATE)

    assert world.killed == [4711]
    assert len(world.asked) == done
    assert fired(world) == [(f"DeploymentSubmit: {card}", TASK)]


def test__aws_is_gone__the_connection_ends(world: World) -> None:
    world.proxy.endpoint = "http://127.0.0.1:1"

    with pytest.raises(botocore.exceptions.HTTPClientError):
        world.client().update_item(**UPDATE)

    assert fired(world) == []


def test__after_a_fault__the_next_request_passes(world: World) -> None:
    world.weather.cards = [LOST_REPLY, THROTTLE]
    client = world.client()
    for _ in range(2):
        with pytest.raises((botocore.exceptions.HTTPClientError, ClientError)):
            client.update_item(**UPDATE)

    assert client.update_item(**UPDATE)["Attributes"] == {}


def test__half_a_request__is_none(world: World) -> None:
    address = httpx.URL(world.url)
    with socket.create_connection((address.host, address.port or 0)) as raw:
        raw.sendall(b"POST /Api HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
    world.client().update_item(**UPDATE)

    assert len(world.asked) == 1


def test__function__is_called_without_the_cdk_s_hash() -> None:
    assert short("DeploymentSubmitFunction7B51FBA6") == "DeploymentSubmit"

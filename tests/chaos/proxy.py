"""A proxy between the Lambdas and their AWS that throttles, hangs, and loses what AWS replied.

Only functions speak through it, and only with DynamoDB and Step Functions: their environment says
so, one path for each function. What the harness itself asks never comes here. A request is
forwarded before a fault or not at all, so that for each it is certain whether it was applied.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from infra.local.aws import Aws
from infra.local.stack import LocalStack
from infra.local.standins.server import serving
from infra.local.standins.wire import TRANSPORT, Answer, client_gone, send_whole, tear_down
from tests.chaos.calls import Call, read
from tests.chaos.slayer import Slayer
from tests.chaos.strikes import Strike, Strikes
from tests.chaos.weather import KILL_AFTER, KILL_BEFORE, LOST_REPLY, THROTTLE, TIMEOUT, Weather

_NOT_FORWARDED = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}
_THROTTLES = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "states": "ThrottlingException",
}
_ENDPOINTS = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SFN")


@dataclass
class Proxy:
    """The ASGI application; its first path segment names the function that speaks."""

    endpoint: str
    weather: Weather
    strikes: Strikes
    slayer: Slayer
    intents: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When each task noted that an effect was about to be tried: Unix seconds."""
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=30, trust_env=False), repr=False
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or do not."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        function = scope["path"].strip("/")
        call = read(request.headers, body)
        self.slayer.watch(call)
        if call.intends and call.task is not None:
            self.intents[call.task].append(time.time())
        card = self.weather.card(function, call)
        if card == THROTTLE:
            self._struck(card, function, call)
            await send_whole(throttled(call), send)
        elif card == TIMEOUT:
            self._struck(card, function, call)
            await client_gone(receive)
        elif card == KILL_BEFORE and self._slain(card, function, call):
            await _hang_up(request)
        else:
            await self._forward(card, function, call, body, request, send)

    async def _forward(
        self, card: str, function: str, call: Call, body: bytes, request: Request, send: Send
    ) -> None:
        kept = {name: text for name, text in request.headers.items() if name not in _NOT_FORWARDED}
        try:
            answer = await asyncio.to_thread(
                self.http.post, self.endpoint, content=body, headers=kept
            )
        except httpx.TransportError:
            # AWS itself is gone for the moment: the connection ends as it would without us.
            await _hang_up(request)
            return
        lost = card == LOST_REPLY or (card == KILL_AFTER and self._slain(card, function, call))
        if card == LOST_REPLY:
            self._struck(card, function, call)
        if lost:
            await _hang_up(request)
            return
        headers = [
            (name.encode(), text.encode())
            for name, text in answer.headers.items()
            if name not in _NOT_FORWARDED
        ]
        headers.append((b"content-length", str(len(answer.content)).encode()))
        await send_whole(Answer(answer.status_code, headers, answer.content), send)

    def _slain(self, card: str, function: str, call: Call) -> bool:
        """Kill the sender; False where it is gone already, and nothing was done to it."""
        if not self.slayer.slay(call.worker):
            return False
        # A worker that dies leaves in doubt what it was at, whatever this request is about.
        self.strikes.add(
            Strike(
                kind=f"{function}: {card}",
                whose=call.task,
                into=call.operation,
                casts_doubt=True,
            )
        )
        return True

    def _struck(self, card: str, function: str, call: Call) -> None:
        # A throttled request was not applied, and its sender knows: but it may give up on it.
        self.strikes.add(
            Strike(
                kind=f"{call.service}: {card}",
                whose=call.task,
                into=f"{function} {call.operation}",
                casts_doubt=call.writes,
            )
        )


async def _hang_up(request: Request) -> None:
    """End the connection without an answer."""
    tear_down(request.scope[TRANSPORT])
    await client_gone(request.receive)


def throttled(call: Call) -> Answer:
    """Return what AWS says to whoever asks too much.

    Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    document = {"__type": _THROTTLES[call.service], "message": "Rate exceeded"}
    answer = Answer.of(400, "application/x-amz-json-1.0", json.dumps(document).encode())
    answer.headers.append((b"x-amzn-requestid", b"INJECTED"))
    return answer


@contextmanager
def between(stack: LocalStack, proxy: Proxy) -> Iterator[None]:
    """Put the proxy between the stack's functions and their AWS while the body runs."""
    with proxy.http, serving(proxy, name="proxy") as url:
        for logical_id, name in stack.functions.items():
            redirect(stack.aws, name, f"{url}/{short(logical_id)}")
        yield


def redirect(aws: Aws, function: str, url: str) -> None:
    """Have a function ask `url` for DynamoDB and Step Functions."""
    configured = aws.functions.get_function_configuration(FunctionName=function)
    variables = configured["Environment"]["Variables"]
    aws.functions.update_function_configuration(
        FunctionName=function,
        Environment={"Variables": {**variables, **dict.fromkeys(_ENDPOINTS, url)}},
    )


def short(logical_id: str) -> str:
    """Return a function's name without what the CDK adds: `DeploymentSubmit`."""
    return logical_id[: logical_id.rindex("Function")]

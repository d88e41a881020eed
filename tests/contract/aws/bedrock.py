"""A server that speaks as Amazon Bedrock does on the wire, and our side of it."""

import json
import time
from contextlib import ExitStack

import pytest

from breakwater.adapters.aws import Timeouts, client
from breakwater.adapters.bedrock import BedrockCompletions
from breakwater.adapters.clock import SystemClock
from breakwater.domain.chats import Answer, Prompt, Role
from breakwater.domain.providers import ProviderSettings
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from breakwater.services.upkeep import ProbeRun
from tests.contract.aws.eventstream import event
from tests.contract.http.server import Connection, Script, ScriptedServer
from tests.fakes.stores import MemoryLeaseStore

MODEL = "amazon.nova-lite-v1:0"
SETTINGS = ProviderSettings.of(
    {"provider": "bedrock", "model": MODEL, "max_output_tokens": 99, "system_prompt": "Be brief."}
)
PROMPT = Prompt([(Role.USER, "One?"), (Role.ASSISTANT, "1."), (Role.USER, "Two?")])
STOP = event("messageStop", {"stopReason": "end_turn"})
USAGE = event(
    "metadata",
    {
        "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
        "metrics": {"latencyMs": 9},
    },
)
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
    b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
)


def said(text: str) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})


def streaming(*messages: bytes, pause: float = 0.0, then: str = "end") -> Script:
    """Return a script that sends one message after another, and then ends, hangs or breaks off."""

    def script(connection: Connection) -> None:
        connection.receive()
        connection.send(HEAD)
        for message in messages:
            time.sleep(pause)
            connection.send(f"{len(message):x}\r\n".encode() + message + b"\r\n")
        if then == "hang":
            connection.hang()
        elif then == "end":
            connection.send(b"0\r\n\r\n")

    return script


def refusing(status: int, code: str) -> Script:
    body = json.dumps({"message": "no"}).encode()
    head = (
        f"HTTP/1.1 {status} No\r\nx-amzn-errortype: {code}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )

    def script(connection: Connection) -> None:
        connection.receive()
        connection.send(head.encode() + body)

    return script


class Bedrock:
    """A server in Bedrock's place, and our side of it behind a breaker."""

    def __init__(self, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stack = stack
        self._monkeypatch = monkeypatch
        self.circuits = MemoryBreakerStore()
        self.calls: list[str] = []
        self.guards = Guards(
            {"ai": ServiceSettings(BreakerSettings())},
            store=self.circuits,
            slots=MemoryLeaseStore(),
            time=SystemClock(),
        )

    def called(self, service: str, outcome: str, *, seconds: float, is_fault: bool) -> None:
        self.calls.append(outcome)

    def serve(self, *scripts: Script, read: float = 5.0, total: float = 10.0) -> ScriptedServer:
        server = self._stack.enter_context(ScriptedServer(*scripts))
        url = f"http://127.0.0.1:{server.port}"
        self._monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        self.completions = BedrockCompletions(
            client("bedrock-runtime", Timeouts(connect=2.0, read=read, attempts=1)),
            guards=self.guards,
            clock=SystemClock(),
            observer=self,
            total_seconds=total,
        )
        return server

    def complete(self, seconds: float = 300) -> Answer:
        return self.completions.complete(self.run(seconds), PROMPT, SETTINGS)

    def run(self, seconds: float = 300) -> ProbeRun:
        clock = SystemClock()
        return ProbeRun("corr-1", Deadline.after(seconds, clock.monotonic), clock)

    @property
    def failures(self) -> int:
        return self.circuits.read("ai").failures

"""Answers as values, and two ways to send them: through ASGI, or as bytes on the connection.

ASGI cannot express a head that trickles, a body that falls short or a connection that is torn
down, so the server puts the connection's transport into the scope (`TRANSPORT`) and those faults
write to it directly.
"""

import asyncio
import json
import socket
import struct
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from http.client import responses
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRANSPORT = "standins.transport"
"""The scope's key for the connection's `asyncio.Transport`."""

BODILESS = (204, 304)
"""Statuses whose answers have no body."""

Headers = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of(cls, status: int, content_type: str, body: bytes) -> "Answer":
        """Build an answer with the headers that describe its body."""
        if status in BODILESS:
            return cls(status)
        headers = [(b"content-length", str(len(body)).encode())]
        if body:
            headers.append((b"content-type", content_type.encode()))
        return cls(status, headers, body)

    @classmethod
    def json(cls, status: int, value: object) -> "Answer":
        """Build an answer whose body is `value` as JSON."""
        return cls.of(status, "application/json", json.dumps(value).encode())

    def head(self) -> bytes:
        """Return the status line and headers as they go over the wire."""
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, '')}".encode()]
        lines += [name + b": " + value for name, value in self.headers]
        # These answers bypass the server's bookkeeping: the connection cannot be used again.
        return b"\r\n".join([*lines, b"connection: close", b"", b""])


async def ask(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Run `app` on a request that was read before, and keep its answer back."""
    answer = Answer(500)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def send_whole(answer: Answer, send: Send) -> None:
    """Send an answer as the server would."""
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


def tear_down(transport: asyncio.Transport) -> None:
    """Abort a connection so that the client's kernel sees RST and not an orderly end."""
    raw = transport.get_extra_info("socket")
    if raw.fileno() < 0:
        return  # the client was quicker
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def client_gone(receive: Receive) -> None:
    """Wait until the connection is no more: all that ASGI has to tell once a body was read."""
    await receive()

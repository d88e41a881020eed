"""The ASGI layer in front of every vendor: records each request and carries out its fault.

The request's body is read first, so that a vendor's effect happens (or not) as the fault says,
even where the client has given up in the meantime: that is what makes timeouts ambiguous.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from infra.local.standins.faults import (
    DelayFault,
    Fault,
    Faults,
    HangFault,
    HtmlFault,
    MalformedFault,
    ResetFault,
    StatusFault,
    TrickleFault,
    TruncatedFault,
)
from infra.local.standins.ledger import Entry, Journal
from infra.local.standins.vendor import Vendor
from infra.local.standins.wire import (
    TRANSPORT,
    Answer,
    ask,
    client_gone,
    send_whole,
    tear_down,
)

FILLER = Answer.json(200, {"value": "x" * 1000})
"""What a trickled or truncated answer consists of when the vendor was never asked."""


class Watch(Protocol):
    """Is shown what a connector and a vendor really say to each other, in every test."""

    def __call__(self, vendor: str, scope: Scope, body: bytes, answer: Answer, /) -> None:
        """Look at a request (ASGI's scope below the vendor's root) and the vendor's own answer."""
        ...


def unwatched(_vendor: str, _scope: Scope, _body: bytes, _answer: Answer) -> None:
    """Look away."""


@dataclass
class Exchange:
    """One request on its way: everything that a fault may need to answer it badly."""

    vendor: Vendor
    scope: Scope
    body: bytes
    receive: Receive
    send: Send
    entry: Entry
    watch: Watch

    @property
    def transport(self) -> asyncio.Transport:
        """Return the client's connection."""
        transport: asyncio.Transport = self.scope[TRANSPORT]
        return transport

    async def ask(self) -> Answer:
        """Let the vendor do what was asked, and keep the answer back."""
        answer = await ask(self.vendor.app, self.scope, self.body)
        self.watch(self.vendor.name, self.scope, self.body, answer)
        return answer

    async def reply(self, answer: Answer) -> None:
        """Send an answer in the ordinary way."""
        self.entry.status = answer.status
        await send_whole(answer, self.send)

    async def write(self, answer: Answer, *, interval: float, trickle_head: bool) -> None:
        """Send an answer byte by byte, then close."""
        self.entry.status = answer.status
        slow = answer.body
        if trickle_head:
            slow = answer.head() + slow
        else:
            self.transport.write(answer.head())
        for position in range(len(slow)):
            if self.transport.is_closing():
                break
            await asyncio.sleep(interval)
            self.transport.write(slow[position : position + 1])
        self.transport.close()
        await client_gone(self.receive)


class Misbehaving:
    """Wrap a vendor so that its requests are recorded and run into the armed faults."""

    def __init__(self, vendor: Vendor, *, faults: Faults, journal: Journal, watch: Watch) -> None:
        self._vendor = vendor
        self._faults = faults
        self._journal = journal
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, properly or as its fault says."""
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        entry = self._journal.open(method, path, query, dict(Headers(scope=scope)))
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            # Half a request is no request: nothing happens, and nobody is there to be told.
            return
        exchange = Exchange(self._vendor, scope, body, receive, send, entry, self._watch)
        fault = self._faults.take(method, f"{path}?{query}" if query else path)
        if fault is None:
            await exchange.reply(await exchange.ask())
            return
        self._journal.strike(entry, fault.kind, when=fault.when)
        await _misbehave(fault, exchange)


async def _misbehave(fault: Fault, exchange: Exchange) -> None:
    """Carry out a fault; `after` faults let the vendor do its work first."""
    real = await exchange.ask() if fault.when == "after" else None
    match fault:
        case DelayFault():
            await asyncio.sleep(fault.seconds)
            await exchange.reply(real or await exchange.ask())
        case HangFault():
            await client_gone(exchange.receive)
        case ResetFault():
            tear_down(exchange.transport)
            await client_gone(exchange.receive)
        case TrickleFault():
            await exchange.write(
                real or FILLER,
                interval=fault.interval_seconds,
                trickle_head=fault.from_first_byte,
            )
        case TruncatedFault():
            await _fall_short(real, fault.missing_bytes, exchange)
        case StatusFault() | HtmlFault() | MalformedFault():
            await exchange.reply(_replacement(fault, real, exchange.vendor))


async def _fall_short(real: Answer | None, missing: int, exchange: Exchange) -> None:
    """Send a whole body under a `content-length` that promises `missing` bytes more."""
    # An answer without a body cannot fall short of one: the filler stands in for it.
    whole = real if real is not None and real.body else FILLER
    headers = [item for item in whole.headers if item[0] != b"content-length"]
    headers.append((b"content-length", str(len(whole.body) + missing).encode()))
    exchange.entry.status = whole.status
    exchange.transport.write(Answer(whole.status, headers).head() + whole.body)
    exchange.transport.close()
    await client_gone(exchange.receive)


def _replacement(
    fault: StatusFault | HtmlFault | MalformedFault, real: Answer | None, vendor: Vendor
) -> Answer:
    """Build the answer that the client gets instead of the vendor's."""
    match fault:
        case StatusFault():
            return _status(fault, vendor)
        case HtmlFault():
            return Answer.of(fault.status, "text/html; charset=utf-8", fault.body.encode())
        case MalformedFault():
            return _malformed(fault, real)


def _status(fault: StatusFault, vendor: Vendor) -> Answer:
    """Build the answer of a `status` fault, in the vendor's shape unless a body was given."""
    if isinstance(fault.body, str):
        answer = Answer.of(fault.status, "text/plain; charset=utf-8", fault.body.encode())
    elif "body" in fault.model_fields_set:
        answer = Answer.json(fault.status, fault.body)
    elif fault.status >= 400:
        answer = Answer.json(fault.status, vendor.error_body(fault.status))
    else:
        answer = Answer.of(fault.status, "", b"")
    if fault.retry_after is not None:
        answer.headers.append((b"retry-after", fault.retry_after.encode()))
    return answer


def _malformed(fault: MalformedFault, real: Answer | None) -> Answer:
    """Build a 200 whose JSON is cut in half, or was never JSON."""
    whole = real.body if real is not None and real.body else FILLER.body
    broken = whole[: len(whole) // 2] if fault.style == "truncated" else b"\x00not json\xff{]"
    return Answer.of(200, "application/json", broken)

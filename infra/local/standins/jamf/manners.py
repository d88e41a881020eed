"""Jamf's manners, apart from any resource: errors, tokens, pages, bodies, nodes and connections."""

import asyncio
from collections.abc import Collection, Sequence
from email.utils import format_datetime
from http.client import responses
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.local.standins.jamf.state import State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")

COOKIE = "APBALANCEID"
CODES = {
    400: "INVALID_FIELD",
    401: "INVALID_TOKEN",
    403: "INVALID_PRIVILEGE",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "OPTIMISTIC_LOCK_FAILED",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "SERVICE_UNAVAILABLE",
}


class JamfError(Exception):
    """A refusal in the making."""

    def __init__(self, status: int, description: str, field: str | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.field = field


def error_body(
    status: int, description: str | None = None, field: str | None = None
) -> dict[str, Any]:
    """Return Jamf's error document for a status."""
    text = description or responses.get(status, "Unknown error")
    error = {"code": CODES.get(status, "ERROR"), "field": field, "description": text, "id": "0"}
    return {"httpStatus": status, "errors": [error]}


def unserved(request: Request, error: HTTPException) -> dict[str, Any]:
    """Return what Jamf says of a wrong path or method."""
    return error_body(error.status_code, f"{request.method} {request.url.path}")


def guarded(state: State, handler: Endpoint, *, query: Collection[str] = ()) -> Endpoint:
    """Wrap a handler in what Jamf checks first, and answer its refusals in Jamf's shape."""

    async def endpoint(request: Request) -> Response:
        try:
            _check_token(state, request)
            _check_query(request, query)
            return await handler(request)
        except JamfError as error:
            body = error_body(error.status, str(error), error.field)
            return JSONResponse(body, error.status)

    return endpoint


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape. Raises JamfError."""
    given = media_type(request)
    if given != JSON:
        raise JamfError(415, f"'{given}' is not {JSON}.")
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        raise JamfError(400, str(error), "body") from error


def page_of(state: State, request: Request, entries: Sequence[dict[str, Any]]) -> Response:
    """Return a page of a list; pages are numbered from 0."""
    number, size = _number(request, "page", 0), _number(request, "page-size", 100)
    if not 1 <= size <= 2000:
        raise JamfError(400, "page-size is 1 to 2000", "page-size")
    size = min(size, state.settings.largest_page)
    shown = list(entries[number * size : (number + 1) * size])
    return JSONResponse({"totalCount": len(entries), "results": shown})


def node_of(request: Request) -> str:
    """Return which node answers."""
    node: str = request.scope["jamf.node"]
    return node


class Front:
    """The balancer: keeps each client on a node, tells the time, counts who is connected."""

    def __init__(self, state: State, app: ASGIApp) -> None:
        self._state = state
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to its node."""
        state = self._state
        known = Request(scope).cookies.get(COOKIE)
        node = known or state.next_node()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["date"] = format_datetime(state.wall.now(), usegmt=True)
                if known is None:
                    headers.append("set-cookie", f"{COOKIE}={node}; Path=/; HttpOnly")
            await send(message)

        state.connected += 1
        state.most_connected = max(state.most_connected, state.connected)
        try:
            if state.settings.seconds_per_request:
                await asyncio.sleep(state.settings.seconds_per_request)
            await self._app({**scope, "jamf.node": node}, receive, marked)
        finally:
            state.connected -= 1


def _check_token(state: State, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not state.tokens.good(token):
        raise JamfError(401, "The token is missing, unknown or expired.")


def _check_query(request: Request, known: Collection[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    unknown = sorted(set(given) - set(known))
    # UNSURE: the vendor ignores unknown parameters; a client that sends them is mistaken.
    if unknown or len(given) != len(set(given)):
        raise JamfError(400, f"Not expected, or not twice: {unknown or given}")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise JamfError(400, f"{name} is not a number", name)
    return int(text)

"""Graph's manners, apart from any resource: errors, tokens, throttling, queries, JSON bodies."""

import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from http.client import responses
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.intune.state import State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")

CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Forbidden",
    404: "ResourceNotFound",
    405: "MethodNotAllowed",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


class GraphError(Exception):
    """A refusal in the making; `headers` go with it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def error_body(status: int, message: str | None = None, request_id: str = "") -> dict[str, Any]:
    """Return Graph's error document for a status."""
    return {
        "error": {
            "code": CODES.get(status, "UnknownError"),
            "message": message or responses.get(status, "Unknown error"),
            "innerError": {
                "request-id": request_id or str(uuid.uuid4()),
                "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            },
        }
    }


def unserved(request: Request, error: HTTPException) -> dict[str, Any]:
    """Return what Graph says of a wrong path or method."""
    message = f"{request.method} {request.url.path} is not served."
    return error_body(error.status_code, message)


def guarded(
    state: State,
    handler: Endpoint,
    *,
    query: Collection[str] = (),
    write: bool = False,
) -> Endpoint:
    """Wrap a handler in what Graph checks first, and answer its refusals in Graph's shape."""

    async def endpoint(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            _check_token(state, request)
            if write:
                _throttle(state)
            _check_query(request, query)
            response = await handler(request)
        except GraphError as error:
            body = error_body(error.status, str(error), request_id)
            response = JSONResponse(body, error.status, error.headers)
        response.headers["request-id"] = request_id
        if "client-request-id" in request.headers:
            response.headers["client-request-id"] = request.headers["client-request-id"]
        return response

    return endpoint


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape.

    Raises: GraphError.
    """
    if media_type(request) != JSON:
        raise GraphError(415, f"Content type '{media_type(request)}' is not {JSON}.")
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        raise GraphError(400, str(error)) from error


def selected(request: Request, entity: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an entity that `$select` names, or all of them."""
    if "$select" not in request.query_params:
        return entity
    names = request.query_params["$select"].split(",")
    unknown = [name for name in names if name not in entity]
    if unknown:
        raise GraphError(400, f"Could not find a property named '{', '.join(unknown)}'.")
    return {name: value for name, value in entity.items() if name in {"@odata.type", *names}}


def whole_number(request: Request, name: str, default: int) -> int:
    """Return a query parameter that must be a whole number and not negative."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise GraphError(400, f"Invalid value '{text}' for {name}.")
    return int(text)


def _check_token(state: State, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not state.tokens.good(token):
        # UNSURE whether every 401 carries the challenge; RFC 6750 asks for it.
        challenge = {"www-authenticate": 'Bearer realm="", error="invalid_token"'}
        raise GraphError(401, "Access token is empty, unknown or expired.", challenge)


def _throttle(state: State) -> None:
    # UNSURE whether export jobs share the apps' limit: every write counts here.
    wait = state.throttle_write()
    if wait is not None:
        raise GraphError(429, "Too many writes.", {"retry-after": str(wait)})


def _check_query(request: Request, known: Collection[str]) -> None:
    given = request.query_params.multi_items()
    unknown = sorted({name for name, _ in given} - set(known))
    if unknown:
        raise GraphError(400, f"Query option '{', '.join(unknown)}' is not supported here.")
    if len(given) != len(request.query_params):
        raise GraphError(400, "A query option must not be repeated.")

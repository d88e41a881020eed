"""The instance's manners, apart from any table: errors, logins, limits, queries, JSON bodies."""

import base64
import binascii
import hmac
import math
from collections.abc import Collection, Mapping
from http.client import responses
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.servicenow.seeds import PASSWORD, USERNAME
from infra.local.standins.servicenow.state import State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")


class InstanceError(Exception):
    """A refusal in the making; `headers` go with it."""

    def __init__(
        self, status: int, message: str, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail
        self.headers = headers


def error_body(status: int, message: str | None = None, detail: str = "") -> dict[str, Any]:
    """Return the instance's error document for a status."""
    said = message or responses.get(status, "Unknown error")
    return {"error": {"message": said, "detail": detail}, "status": "failure"}


def unserved(request: Request, error: HTTPException) -> dict[str, Any]:
    """Return what the instance says of a wrong path or method."""
    detail = f"{request.method} {request.url.path} is not served."
    message = "Requested URI does not represent any resource"
    return error_body(error.status_code, message, detail)


def guarded(state: State, handler: Endpoint, *, query: Collection[str] = ()) -> Endpoint:
    """Wrap a handler in what the instance checks first, and answer in its shape."""

    async def endpoint(request: Request) -> Response:
        try:
            _check_login(state, request)
            _throttle(state)
            _check_query(request, query)
            return await handler(request)
        except InstanceError as error:
            body = error_body(error.status, str(error), error.detail)
            return JSONResponse(body, error.status, error.headers)

    return endpoint


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape. Raises InstanceError."""
    if media_type(request) != JSON:
        raise InstanceError(415, "Unsupported Media Type", media_type(request))
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        raise InstanceError(400, "Exception while reading request", str(error)) from error


def whole_number(request: Request, name: str, default: int, most: int) -> int:
    """Return a query parameter that must be a whole number and not negative."""
    text = request.query_params.get(name, str(default))
    # UNSURE: the vendor takes nonsense for its default; a client that sends it is mistaken.
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise InstanceError(400, f"Invalid value for {name}", text)
    return int(text)


def _check_login(state: State, request: Request) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    good = {"bearer": state.tokens.good, "basic": _password_good}.get(scheme.lower())
    if good is None or not good(given):
        raise InstanceError(
            401,
            "User Not Authenticated",
            "Required to provide Auth information",
            {"www-authenticate": 'BASIC realm="Service-now"'},
        )


def _password_good(given: str) -> bool:
    try:
        held = base64.b64decode(given, validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(held, f"{USERNAME}:{PASSWORD}".encode())


def _throttle(state: State) -> None:
    again = state.throttle()
    if again is None:
        return
    which = state.settings.limit_headers
    headers = {
        "x-ratelimit-limit": str(state.settings.requests_per_hour),
        "x-ratelimit-rule": "stand-in",
    }
    if which != "retry_after":
        headers["x-ratelimit-reset"] = str(int(again.timestamp()))
    if which != "reset":
        headers["retry-after"] = str(math.ceil((again - state.wall.now()).total_seconds()))
    raise InstanceError(429, "Rate limit exceeded", "Too many requests in this hour", headers)


def _check_query(request: Request, known: Collection[str]) -> None:
    # UNSURE: the vendor ignores what it does not know, or takes it for a condition.
    given = request.query_params.multi_items()
    unknown = sorted({name for name, _ in given} - set(known))
    if unknown or len(given) != len(request.query_params):
        raise InstanceError(400, "Invalid query parameters", ", ".join(unknown) or "repeated")

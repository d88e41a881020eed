"""Landscape's manners, apart from any resource: errors, tokens, queries, bodies."""

from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.landscape.state import State
from infra.local.standins.validation import (
    FORM,
    JSON,
    InvalidBodyError,
    media_type,
    parse,
    parse_form,
)
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")

NAMES = {
    400: "BadRequest",
    401: "Unauthorised",
    404: "NotFound",
    405: "MethodNotAllowed",
    415: "UnsupportedMediaType",
    503: "ServiceUnavailable",
}


class LandscapeError(Exception):
    """A refusal by its name; without a status it has the one that the settings give to its kind."""

    def __init__(self, name: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.status = status


def error_body(status: int, message: str | None = None, name: str = "") -> dict[str, Any]:
    """Return Landscape's error document for a status."""
    name = name or NAMES.get(status, "ServerError")
    return {"error": name, "message": message or f"{name} ({status})"}


def unserved(request: Request, error: HTTPException) -> dict[str, Any]:
    """Return what Landscape says of a wrong path or method."""
    return error_body(error.status_code, f"{request.method} {request.url.path}")


def polite(state: State, handler: Endpoint) -> Endpoint:
    """Wrap a handler so that its refusals are answered in Landscape's shape."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except LandscapeError as error:
            # UNSURE: no status is documented for any of them, so the settings may change it.
            usual = state.settings.error_status
            if error.name == "Unauthorised":
                usual = state.settings.unauthorised_status
            status = error.status or usual
            return JSONResponse(error_body(status, str(error), error.name), status)

    return endpoint


def guarded(state: State, handler: Endpoint, *, query: Collection[str] = ()) -> Endpoint:
    """Wrap a handler in what Landscape checks first: the token, and the query's parameters."""

    async def checked(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not state.tokens.good(token):
            raise LandscapeError("Unauthorised", "The token is missing, unknown or expired.")
        given = [name for name, _ in request.query_params.multi_items()]
        unknown = sorted(set(given) - set(query))
        if unknown or len(given) != len(set(given)):
            raise LandscapeError("InvalidQuery", f"Not expected, or not twice: {unknown or given}")
        return await handler(request)

    return polite(state, checked)


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape. Raises LandscapeError."""
    _require_type(request, JSON)
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        raise LandscapeError("BadRequest", str(error), 400) from error


async def read_form(request: Request) -> dict[str, str]:
    """Read a form, each of whose fields is there once. Raises LandscapeError."""
    _require_type(request, FORM)
    try:
        return parse_form(await request.body())
    except InvalidBodyError as error:
        raise LandscapeError("BadRequest", str(error), 400) from error


def whole_number(request: Request, name: str, default: int) -> int:
    """Return a query parameter that must be a whole number and not negative."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise LandscapeError("InvalidQuery", f"{name} is not a number: '{text}'")
    return int(text)


def _require_type(request: Request, expected: str) -> None:
    # UNSURE with which status Landscape refuses another type; that it does is documented.
    given = media_type(request)
    if given != expected:
        raise LandscapeError("UnsupportedMediaType", f"'{given}' is not {expected}.", 415)

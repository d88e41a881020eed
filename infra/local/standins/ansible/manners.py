"""The controller's manners, apart from any resource: errors, tokens, queries, JSON bodies."""

import hmac
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from infra.local.standins.ansible.state import State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")

DETAILS = {
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "The requested resource could not be found.",
    405: 'Method "POST" not allowed.',
    415: "The Content-Type must be application/json",
}


class ControllerError(Exception):
    """A refusal in the making: `fields` say what is wrong with which, else there is a detail."""

    def __init__(
        self,
        status: int,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = dict(fields) if fields is not None else error_body(status)
        self.headers = headers


def error_body(status: int) -> dict[str, Any]:
    """Return the controller's error document for a status."""
    return {"detail": DETAILS.get(status, "A server error has occurred.")}


def unserved(_: Request, error: HTTPException) -> dict[str, Any]:
    """Return what the controller says of a wrong path or method.

    UNSURE: without the last slash, the vendor answers a GET with a redirect and fails at a POST.
    """
    return error_body(error.status_code)


def guarded(
    state: State, handler: Endpoint, *, query: Collection[str] = (), public: bool = False
) -> Endpoint:
    """Wrap a handler in what the controller checks first, and answer refusals in its shape."""

    async def endpoint(request: Request) -> Response:
        if state.settings.migrating:
            return RedirectResponse("/migrations_notran/", 302)
        try:
            if not public:
                _check_token(state, request)
            _check_query(request, query)
            return await handler(request)
        except ControllerError as error:
            return JSONResponse(error.body, error.status, error.headers)

    return endpoint


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape. Raises ControllerError."""
    if media_type(request) != JSON:
        raise ControllerError(415)
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        pairs = (reason.partition(": ") for reason in error.reasons)
        raise ControllerError(400, {name: [text] for name, _, text in pairs}) from error


def _check_token(state: State, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    good = hmac.compare_digest(token.encode(), state.settings.token.encode())
    if scheme.lower() != "bearer" or not good:
        raise ControllerError(401, headers={"www-authenticate": "Bearer realm=api"})


def _check_query(request: Request, known: Collection[str]) -> None:
    given = request.query_params.multi_items()
    unknown = sorted({name for name, _ in given} - set(known))
    if unknown:
        raise ControllerError(400, {"detail": f"No field named '{unknown[0]}'"})
    if len(given) != len(request.query_params):
        # UNSURE: the vendor takes a repeated filter as two; no client here needs that.
        raise ControllerError(400, {"detail": "A parameter must not be repeated"})

"""Jira's manners, apart from any resource: errors, logins, limits, queries, JSON bodies."""

import base64
import hmac
import math
from collections.abc import Collection, Mapping
from datetime import timedelta
from http.client import responses
from typing import Any, TypeVar

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.jira.seeds import API_TOKEN, EMAIL
from infra.local.standins.jira.state import HOUR, State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

T = TypeVar("T")
EXPECTED = b"Basic " + base64.b64encode(f"{EMAIL}:{API_TOKEN}".encode())


class JiraError(Exception):
    """A refusal in the making; `fields` says what is wrong with which, `headers` go with it."""

    def __init__(
        self,
        status: int,
        *messages: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(*messages)
        self.status = status
        self.body = {"errorMessages": list(messages), "errors": dict(fields or {})}
        self.headers = headers


def error_body(status: int) -> dict[str, Any]:
    """Return Jira's error document for a status."""
    return {"errorMessages": [responses.get(status, "Unknown error")], "errors": {}}


def unserved(request: Request, _: HTTPException) -> dict[str, Any]:
    """Return what Jira says of a wrong path or method."""
    return {"errorMessages": [f"{request.method} {request.url.path} is not served."], "errors": {}}


def guarded(
    state: State, handler: Endpoint, *, query: Collection[str] = (), open_to_all: bool = False
) -> Endpoint:
    """Wrap a handler in what Jira checks first, and answer its refusals in Jira's shape.

    What is `open_to_all` answers anonymous users too, who `request.state.anonymous` tells.
    """

    async def endpoint(request: Request) -> Response:
        headers = {}
        try:
            request.state.anonymous = not _logged_in(request)
            if request.state.anonymous:
                headers["x-seraph-loginreason"] = "AUTHENTICATED_FAILED"
                _turn_away(admitted=open_to_all and state.settings.strangers == "anonymous")
            _throttle(state, request)
            _check_query(request, query)
            response = await handler(request)
        except JiraError as error:
            response = JSONResponse(error.body, error.status, error.headers)
        response.headers.update(headers)
        return response

    return endpoint


async def read_json(request: Request, adapter: TypeAdapter[T]) -> T:
    """Read a JSON body of exactly the adapter's shape. Raises JiraError."""
    if media_type(request) != JSON:
        raise JiraError(415, "Unsupported Media Type")
    try:
        return parse(adapter, await request.body())
    except InvalidBodyError as error:
        # UNSURE about the words: Jira says less.
        raise JiraError(400, "Invalid request payload. " + str(error)) from error


def throttled(state: State, reason: str, seconds: float) -> JiraError:
    """Return a refusal for load, with the headers that tell for how long."""
    # To the minute, as Atlassian documents it; rounded up, so that it is true.
    reset = state.wall.now() + timedelta(seconds=seconds + 59)
    headers = {
        "retry-after": str(max(1, math.ceil(seconds))),
        "ratelimit-reason": reason,
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": f"{reset:%Y-%m-%dT%H:%MZ}",
    }
    if reason.startswith("jira-quota") and state.settings.quota_retry_after != "true":
        del headers["retry-after"]
        if state.settings.quota_retry_after == "short":
            headers["retry-after"] = "1"
    return JiraError(429, "Rate limit exceeded.", headers=headers)


def _logged_in(request: Request) -> bool:
    given = request.headers.get("authorization", "").encode("latin-1")
    return hmac.compare_digest(given, EXPECTED)


def _turn_away(*, admitted: bool) -> None:
    if not admitted:
        raise JiraError(401, "Client must be authenticated to access this resource.")


def _throttle(state: State, request: Request) -> None:
    settings = state.settings
    wait = state.throttle(("all",), settings.requests_per_hour, HOUR)
    if wait is not None:
        raise throttled(state, "jira-quota-global-based", wait)
    endpoint = (request.method, request.scope["path"])
    wait = state.throttle(endpoint, settings.burst_per_second, 1.0)
    if wait is not None:
        raise throttled(state, "jira-burst-based", wait)


def _check_query(request: Request, known: Collection[str]) -> None:
    unknown = sorted({name for name, _ in request.query_params.multi_items()} - set(known))
    if unknown:
        # UNSURE: Jira ignores what it does not know; a client that sends it is mistaken.
        raise JiraError(400, f"Unknown parameter '{', '.join(unknown)}'.")

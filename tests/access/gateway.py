"""A twin of the gateway over HTTP: what API Gateway does in front of the function, and no more.

It knows the template's routes, tokens instead of signatures, and payload 2.0, so that a client that
reads the description can be let loose on the function within seconds.
"""

import asyncio
import base64
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra import routes
from tests.fakes.events import http_event

TOKENS: Mapping[str, Mapping[str, Any]] = {
    "one": {"sub": "user-1", "cognito:groups": "[submit]"},
    "two": {"sub": "user-2", "cognito:groups": "[submit]"},
    "operator": {"sub": "operator-1", "cognito:groups": "[operate]"},
}


class Gateway:
    """An ASGI application in front of a function."""

    def __init__(self, function: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._function = function
        self._closed = [_pattern(key) for key in (*routes.SIGNED_IN, *routes.WITH_A_SLASH)]
        self._open = [_pattern(key) for key in routes.PUBLIC]
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        async with self._lock:  # the twins behind it are not made for several at once
            answer = self._answer(request, await request.body())
        await answer(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        key = f"{request.method} {request.url.path}"
        claims = None
        is_open = any(pattern.fullmatch(key) for pattern in self._open)
        if not is_open and any(pattern.fullmatch(key) for pattern in self._closed):
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            claims = TOKENS.get(token) if scheme.lower() == "bearer" else None
            if claims is None:
                return _message(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        elif not is_open:
            return _message(HTTPStatus.NOT_FOUND, {})
        return _response(self._function(_event(request, body, claims)))


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", key).replace("{proxy+}", ".+"))


def _event(request: Request, body: bytes, claims: Mapping[str, Any] | None) -> dict[str, Any]:
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]},{value}" if name in query else value
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    is_text = headers.get("content-type", "").startswith(("text/", "application/json"))
    try:
        text = body.decode() if is_text else base64.b64encode(body).decode()
    except ValueError:
        is_text, text = False, base64.b64encode(body).decode()
    return http_event(
        request.method,
        unquote(request.url.path),
        body=text or None,
        headers=headers,
        claims=claims,
        query=query,
        is_base64=not is_text,
    )


def _response(answer: Mapping[str, Any]) -> Response:
    body = answer["body"] or ""
    content = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
    return Response(content, answer["statusCode"], answer["headers"])


def _message(status: HTTPStatus, headers: Mapping[str, str]) -> Response:
    return JSONResponse({"message": status.phrase}, status.value, headers)

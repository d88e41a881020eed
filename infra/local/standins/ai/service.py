"""The provider's two calls, and the control routes that tell it what to say.

Source: platform.openai.com/docs/api-reference, groups "chat" (create, streaming) and "models".
"""

import hmac
import json
from collections.abc import Iterator
from http.client import responses
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ai.models import COMPLETION_BODY, MANNER, CompletionBody, Manner
from infra.local.standins.ai.seeds import API_KEY, MODEL, SECRET, settings
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import InvalidBodyError, parse
from infra.local.standins.vendor import Vendor, application

PIECE = 8
"""Characters that come in one event, a token for the purposes of this stand-in."""


def build(_: Clock, effects: Effects) -> Vendor:
    """Build a provider that has not been asked anything."""
    provider = Provider(effects)
    routes = [
        Route("/v1/chat/completions", provider.complete, methods=["POST"]),
        Route("/v1/models", provider.list_models, methods=["GET"]),
    ]
    app = application(routes, _unserved)
    control = [
        Route("/manner", provider.change_manner, methods=["POST"]),
        Route("/prompts", provider.list_prompts, methods=["GET"]),
    ]
    return Vendor("ai", app, control, error_body, provider.reset, settings, SECRET)


class Provider:
    """The handlers, and what they remember."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.reset()

    def reset(self) -> None:
        """Forget every prompt, and answer in the ordinary way."""
        self._manner = Manner()
        self._prompts: list[list[dict[str, str]]] = []

    async def complete(self, request: Request) -> Response:
        """Answer a prompt in server-sent events."""
        _require_key(request)
        try:
            body = parse(COMPLETION_BODY, await request.body())
        except InvalidBodyError as error:
            return JSONResponse(_error(str(error), "invalid_request_error"), 400)
        if body.model != MODEL:
            message = f"The model `{body.model}` does not exist."
            return JSONResponse(_error(message, "invalid_request_error"), 404)
        self._prompts.append([one.model_dump() for one in body.messages])
        self._effects.count("ai", "completion", body.model)
        events = "".join(f"data: {event}\n\n" for event in self._events(body))
        return Response(events, media_type="text/event-stream")

    async def list_models(self, request: Request) -> Response:
        """List the one model."""
        _require_key(request)
        model = {"id": MODEL, "object": "model", "created": 1_700_000_000, "owned_by": "local"}
        return JSONResponse({"object": "list", "data": [model]})

    async def change_manner(self, request: Request) -> Response:
        """Answer so from now on."""
        self._manner = parse(MANNER, await request.body())
        return JSONResponse(self._manner.model_dump())

    async def list_prompts(self, _: Request) -> Response:
        """Return every prompt since the last reset, oldest first."""
        return JSONResponse({"prompts": self._prompts})

    def _events(self, body: CompletionBody) -> Iterator[str]:
        manner = self._manner
        text = self._text(body)
        pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        yield _chunk({"role": "assistant", "content": ""})
        for piece in pieces:
            yield _chunk({"content": piece}, logprobs=body.logprobs)
        if manner.error:
            yield json.dumps(_error("The server had an error.", "server_error"))
            return
        if manner.finish_reason is None:
            return
        yield _chunk({}, finish_reason=manner.finish_reason)
        if body.stream_options.include_usage and manner.usage:
            asked = sum(len(one.content) for one in body.messages) // PIECE + 1
            said = len(pieces)
            yield _chunk(None, usage=_usage(asked, said))
        yield "[DONE]"

    def _text(self, body: CompletionBody) -> str:
        if self._manner.answer is not None:
            return self._manner.answer * self._manner.repeat
        question = body.messages[-1].content
        known = sum(one.role == "user" for one in body.messages)
        return f"This is question {known} that I have been shown: {question}"


def error_body(status: int) -> dict[str, Any]:
    """Return the provider's error document for a status."""
    return _error(responses.get(status, "Unknown error"), "server_error")


def _require_key(request: Request) -> None:
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, f"Bearer {API_KEY}".encode()):
        raise HTTPException(401, "Incorrect API key provided.")


def _unserved(_: Request, error: HTTPException) -> dict[str, Any]:
    return _error(error.detail, "invalid_request_error")


def _error(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def _usage(asked: int, said: int) -> dict[str, int]:
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
    }


def _chunk(
    delta: dict[str, str] | None,
    *,
    finish_reason: str | None = None,
    logprobs: bool = False,
    usage: dict[str, int] | None = None,
) -> str:
    """Return an event; one without a `delta` has no choices, as the usage's has not."""
    told = None
    if logprobs and delta:
        told = {"content": [{"token": delta["content"], "logprob": -0.1, "bytes": None}]}
    choice = {"index": 0, "delta": delta, "logprobs": told, "finish_reason": finish_reason}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": [] if delta is None else [choice],
        "usage": usage,
    }
    return json.dumps(chunk)

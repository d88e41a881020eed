"""OpenAI's chat completions, as far as the provider uses them.

Source: platform.openai.com/docs/api-reference/chat/create, .../chat/streaming, .../models/list and
.../guides/error-codes.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.contract.connectors.exchanges import JSON, Body, Call, Closed, Open

EVENTS = "text/event-stream"
AUTHORIZED = {"authorization": r"Bearer [\x21-\x7e]+"}


class Message(Closed):
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, Field(min_length=1)]


class StreamOptions(Closed):
    include_usage: bool


class Completion(Closed):
    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: Literal[True]
    stream_options: StreamOptions
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None


class Error(Open):
    message: str
    type: str
    param: str | None
    code: str | None


class Refusal(Open):
    error: Error


class Model(Open):
    id: str
    object: Literal["model"]


class Models(Open):
    object: Literal["list"]
    data: list[Model]


REFUSAL = Body(JSON, Refusal)
CALLS: list[Any] = [
    Call(
        "POST",
        r"/v1/chat/completions",
        {200: Body(EVENTS), 400: REFUSAL, 401: REFUSAL, 404: REFUSAL},
        request=Body(JSON, Completion),
        headers=AUTHORIZED,
    ),
    Call("GET", r"/v1/models", {200: Body(JSON, Models), 401: REFUSAL}, headers=AUTHORIZED),
]

"""The bodies that the provider and the control routes accept, field by field."""

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from infra.local.standins.validation import Strict

FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]


class _Message(Strict):
    role: Literal["system", "user", "assistant"]
    content: Annotated[str, Field(min_length=1)]


class _StreamOptions(Strict):
    include_usage: bool = False


class CompletionBody(Strict):
    """A request for a completion that is streamed."""

    model: str
    messages: Annotated[tuple[_Message, ...], Field(min_length=1)]
    stream: Literal[True]
    stream_options: _StreamOptions = _StreamOptions()
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool = False

    @model_validator(mode="after")
    def the_question_comes_last(self) -> Self:
        """Refuse a prompt that ends with anything but a question."""
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self


class Manner(Strict):
    """How the provider answers from now on; None, or what is left out, is the ordinary way."""

    answer: str | None = None
    """Instead of what it would say; empty, it says nothing."""
    repeat: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How often it says that."""
    finish_reason: FinishReason | None = "stop"
    """None: it breaks off without a word of why, and without the last word."""
    usage: bool = True
    error: bool = False
    """It breaks off with an error in the middle of the stream."""


COMPLETION_BODY: TypeAdapter[CompletionBody] = TypeAdapter(CompletionBody)
MANNER: TypeAdapter[Manner] = TypeAdapter(Manner)

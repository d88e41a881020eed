"""Reading an answer out of server-sent events.

Source of the form: html.spec.whatwg.org/multipage/server-sent-events.html; of what the events say:
platform.openai.com/docs/api-reference/chat/streaming. Pieces of the answer come in `choices`, then
a piece with a `finish_reason`, then (asked for) one with `usage` and no choices, then `[DONE]`.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from breakwater.domain.chats import SERVICE, Answer, FinishReason, checked, joined
from breakwater.domain.errors import TransientError

MAX_MODEL_CHARS = 200

_LAST_WORD = re.compile(rb"[\r\n]data: ?\[DONE\]\s*\Z")
_LINE_END = re.compile(r"\r\n|\r|\n")
_REASONS: Mapping[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
}


def is_whole(tail: bytes) -> bool:
    """Whether a stream that ends so has said its last word."""
    return _LAST_WORD.search(tail) is not None


def read_answer(body: bytes, *, model: str) -> Answer:
    """Return the answer that a stream has told; `model` is assumed where it names none.

    Raises: TransientError for what is no answer, or broke off: a provider that is well finishes.
    PermanentError for one that is too long.
    """
    said = _Said(model)
    for data in _events(body):
        if data == "[DONE]":
            said.done = True
            break
        said.hear(_object(data))
    return said.answer()


@dataclass
class _Said:
    """What has been heard so far."""

    model: str
    pieces: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: FinishReason | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    done: bool = False

    def hear(self, chunk: Mapping[str, Any]) -> None:
        """Take in one event."""
        if chunk.get("error") is not None:
            raise _unreadable("broke off with an error")
        if isinstance(chunk.get("model"), str) and chunk["model"]:
            self.model = joined([chunk["model"]])[:MAX_MODEL_CHARS]
        usage = chunk.get("usage")
        if isinstance(usage, Mapping):
            self.input_tokens = _whole(usage.get("prompt_tokens"))
            self.output_tokens = _whole(usage.get("completion_tokens"))
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, Mapping) and choice.get("index", 0) == 0:
                self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta")
        piece = delta.get("content") if isinstance(delta, Mapping) else None
        if isinstance(piece, str):
            self.pieces.append(piece)
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self.finish_reason = _REASONS.get(reason, FinishReason.OTHER)
        told = choice.get("logprobs")
        tokens = told.get("content") if isinstance(told, Mapping) else None
        for token in tokens if isinstance(tokens, list) else []:
            probability = token.get("logprob") if isinstance(token, Mapping) else None
            if isinstance(probability, int | float) and probability <= 0:
                self.logprobs.append(float(probability))

    def answer(self) -> Answer:
        """Return the whole. Raises TransientError where there is none, PermanentError."""
        if self.finish_reason is None and not self.done:
            raise _unreadable("broke off in the middle of an answer")
        return checked(
            Answer(
                content=joined(self.pieces),
                model=self.model,
                finish_reason=self.finish_reason or FinishReason.OTHER,
                input_tokens=self.input_tokens,
                output_tokens=self.output_tokens,
                confidence=self._confidence(),
            )
        )

    def _confidence(self) -> float | None:
        """Return the geometric mean of the tokens' probabilities."""
        if not self.logprobs:
            return None
        return round(math.exp(math.fsum(self.logprobs) / len(self.logprobs)), 4)


def _events(body: bytes) -> Iterator[str]:
    """Return the data of each event; what is no data (comments, names, ids) is passed over."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable("answered with something else than UTF-8") from error
    data: list[str] = []
    for line in _LINE_END.split(text):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:  # the last one may lack the empty line behind it
        yield "\n".join(data)


def _object(data: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable("streamed an event that is not JSON") from error
    if not isinstance(value, Mapping):
        raise _unreadable("streamed an event that is no object")
    return value


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _unreadable(what: str) -> TransientError:
    return TransientError(f"{SERVICE} {what}", service=SERVICE, may_have_applied=False)

"""Conversations: turns of a question and its answer, and what of them a provider is shown.

A turn is numbered when its question is stored, and its answer stands beside the question whenever
it comes: the order of messages never changes, and no answer gets between another question and its
own.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from breakwater.domain.errors import PermanentError, TransientError

SERVICE = "ai"
"""What the provider is called, whichever it is: its breaker and its settings go by this name."""

MAX_TURNS = 500
"""How many questions a conversation takes."""
MAX_TITLE_CHARS = 120
MAX_QUESTION_BYTES = 32 * 1024
MAX_ANSWER_BYTES = 128 * 1024
"""In UTF-8, and well within an item of 400 KiB."""
MAX_HISTORY = 100
"""The most messages that a provider is shown of what was said before, whatever its budget."""

BYTES_A_TOKEN = 3
TOKENS_A_MESSAGE = 4
"""How a text's tokens are estimated without a provider's own tokenizer: a token for each 3 bytes of
UTF-8, and 4 for what frames a message. English has about 4 bytes a token, Chinese about 3: the
estimate errs on the side of less history."""

_NAMESPACE = uuid.UUID("0f6a1c62-40f3-5c0e-8a55-7f1b7c3d9e21")


class Role(StrEnum):
    """Who says something."""

    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why a provider stopped talking."""

    STOP = "stop"
    """It had said everything."""
    LENGTH = "length"
    """It ran into a limit: the answer is cut short."""
    CONTENT_FILTER = "content_filter"
    """A filter of the provider's kept back the answer, or what would have followed."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is known of a conversation without its messages."""

    conversation_id: str
    owner: str
    title: str | None
    created_at: datetime
    last_message_at: datetime | None = None
    turns: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it takes no further question."""
        return self.turns >= MAX_TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was said, in turn `turn` (from 1); `metadata` says how an answer was made."""

    message_id: str
    turn: int
    role: Role
    content: str
    created_at: datetime
    task_id: str
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, and its answer once there is one."""

    question: Message
    answer: Message | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a provider is asked: the question last, `left_out` older messages not shown."""

    messages: Sequence[tuple[Role, str]]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider said; None is what it does not tell."""

    content: str
    model: str
    finish_reason: FinishReason
    input_tokens: int | None = None
    output_tokens: int | None = None
    confidence: float | None = None
    """From 0 to 1: how probable, on average, the provider held each token that it chose."""

    def metadata(self, *, latency_ms: int, left_out: int) -> dict[str, Any]:
        """Return how the answer was made, as it is kept beside it."""
        known = None not in (self.input_tokens, self.output_tokens)
        return {
            "model": self.model,
            "tokens": {"input": self.input_tokens, "output": self.output_tokens} if known else None,
            "confidence": self.confidence,
            "finish_reason": self.finish_reason.value,
            "latency_ms": latency_ms,
            "left_out": left_out,
        }


def joined(pieces: Iterable[str]) -> str:
    """Return the text of its pieces, with a replacement for half of a surrogate pair.

    JSON spells a character as two halves, and a stream may bring them in two pieces; one alone can
    be neither stored nor sent.
    """
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def checked(answer: Answer) -> Answer:
    """Return an answer that can be kept.

    One that is empty although its provider had said everything is none. Raises TransientError, and
    PermanentError for one that is too long.
    """
    size = len(answer.content.encode(errors="replace"))
    if size > MAX_ANSWER_BYTES:
        raise PermanentError(
            f"{SERVICE} answered {size} bytes; {MAX_ANSWER_BYTES} are kept", service=SERVICE
        )
    reported = {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}
    if not answer.content.strip() and answer.finish_reason not in reported:
        raise TransientError(f"{SERVICE} answered nothing", service=SERVICE, may_have_applied=False)
    return answer


def message_id(origin: str, role: Role) -> str:
    """Return the id of what a request makes: the same however often it is retried."""
    return str(uuid.uuid5(_NAMESPACE, f"{origin}/{role}"))


def tokens_of(text: str) -> int:
    """Return an estimate of the tokens that a message of this text takes."""
    return -(-len(text.encode()) // BYTES_A_TOKEN) + TOKENS_A_MESSAGE


def prompt_for(question: str, earlier: Sequence[Message], *, budget: int, turns: int) -> Prompt:
    """Return the question after as many of the newest answered turns as `budget` tokens hold.

    `earlier` is newest first, of `turns` earlier turns. Turns are shown whole or not at all, so
    that roles alternate, as providers ask for; a question that has no answer is not shown.
    """
    left = budget - tokens_of(question)
    shown: list[tuple[Role, str]] = []
    for asked, answered in _answered(earlier):
        left -= tokens_of(asked.content) + tokens_of(answered.content)
        if left < 0:
            break
        shown = [(Role.USER, asked.content), (Role.ASSISTANT, answered.content), *shown]
    return Prompt([*shown, (Role.USER, question)], left_out=turns - len(shown) // 2)


def _answered(earlier: Sequence[Message]) -> list[tuple[Message, Message]]:
    """Return the turns, newest first, that have both a question and something for an answer.

    Providers refuse messages that are blank.
    """
    answers = {
        one.turn: one for one in earlier if one.role is Role.ASSISTANT and one.content.strip()
    }
    return [
        (one, answers[one.turn]) for one in earlier if one.role is Role.USER and one.turn in answers
    ]

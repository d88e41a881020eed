"""Conversations as JSON Schema: what is said, and how the answers were made."""

from collections.abc import Mapping
from typing import Any

from breakwater.api.openapi.schemas import TEXT, TIME, UUID, WHOLE, closed, line, maybe, ref
from breakwater.domain.attempts import OnOpenCircuit
from breakwater.domain.chats import MAX_QUESTION_BYTES, MAX_TITLE_CHARS, FinishReason, Role

_CONVERSATION = {
    "conversation_id": UUID,
    "title": maybe(TEXT),
    "created_at": TIME,
    "last_message_at": maybe(TIME),
}


_CONTENT = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_QUESTION_BYTES,
    "pattern": r"[^\s\x1c-\x1f\x85]",
    "description": f"At most {MAX_QUESTION_BYTES} bytes in UTF-8.",
}
_WAIT = {"enum": [word.value for word in OnOpenCircuit], "default": OnOpenCircuit.WAIT.value}
_LEFT_OUT = WHOLE | {"description": "How many earlier turns the provider was not shown."}
_SAID: dict[str, Any] = {
    "Message": closed(
        {
            "message_id": UUID,
            "role": {"enum": [role.value for role in Role]},
            "content": TEXT,
            "created_at": TIME,
            "task_id": UUID,
            "metadata": maybe(ref("AnswerMetadata")),
        }
    ),
    "AnswerMetadata": closed(
        {
            "model": TEXT,
            "tokens": maybe(closed({"input": WHOLE, "output": WHOLE})),
            "confidence": maybe({"type": "number", "minimum": 0, "maximum": 1}),
            "finish_reason": {"enum": [reason.value for reason in FinishReason]},
            "latency_ms": WHOLE,
            "left_out": _LEFT_OUT,
        }
    ),
}


def conversation_schemas(deadline: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas; `deadline` is that of every task."""
    messages = {"type": "array", "items": ref("Message")}
    asked = {"deadline_seconds": dict(deadline), "on_open_circuit": _WAIT}
    return {
        "NewConversation": closed({}, {"title": line(MAX_TITLE_CHARS)}),
        "Conversation": closed(_CONVERSATION),
        "History": closed({**_CONVERSATION, "messages": messages, "cursor": maybe(TEXT)}),
        "NewMessage": closed({"content": _CONTENT}, asked),
        **_SAID,
    }

"""What goes along with a request beside its body, and with an answer: parameters and headers."""

from typing import Any

from breakwater.api import conversations, integrations, listings
from breakwater.api.headers import EVERYWHERE
from breakwater.api.openapi.schemas import PATH, SYSTEMS, TEXT, UUID, WHOLE
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind
from breakwater.resilience.registry import SERVICES


def _parameter(name: str, where: str, schema: dict[str, Any], what: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": schema,
        "description": what,
    }


def _limit(most: int, default: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return _parameter("limit", "query", schema, "How many at most.")


PARAMETERS: dict[str, Any] = {
    "TaskId": _parameter("task_id", "path", UUID, "The task."),
    "ConversationId": _parameter("conversation_id", "path", UUID, "The conversation."),
    "IntentId": _parameter("intent_id", "path", UUID, "The deployment intent."),
    "Service": _parameter("service", "path", {"enum": list(SERVICES)}, "The guarded service."),
    "System": _parameter("system", "path", {"enum": list(SYSTEMS)}, "The integrated system."),
    "Limit": _limit(integrations.MAX_LIMIT, integrations.DEFAULT_LIMIT),
    "Cursor": _parameter("cursor", "query", TEXT, "Where the last page ended; it is yours alone."),
    "ShortLimit": _limit(listings.MAX_LIMIT, listings.DEFAULT_LIMIT),
    "MessageLimit": _limit(conversations.MAX_LIMIT, conversations.DEFAULT_LIMIT),
    "OfCorrelation": _parameter("correlation_id", "query", UUID, "Only those of this id."),
    "OfStatus": _parameter(
        "status", "query", {"enum": [status.value for status in Status]}, "Only those."
    ),
    "OfKind": _parameter("kind", "query", {"enum": [kind.value for kind in Kind]}, "Only those."),
    "TrailOf": _parameter(
        "correlation_id",
        "query",
        {"anyOf": [UUID, {"type": "string", "pattern": f"^{listings.CIRCUIT}$"}]},
        "A UUID; for operators also `circuit/` and a service.",
    )
    | {"required": True},
    "IdempotencyKey": _parameter(
        "Idempotency-Key",
        "header",
        {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
        "The same key with the same body answers the same 202 and starts nothing new.",
    ),
    "CorrelationId": _parameter(
        "X-Correlation-ID",
        "header",
        TEXT,
        "A UUID that ties logs, events and answers; anything else is replaced by a new one.",
    ),
    "IfNoneMatch": _parameter("If-None-Match", "header", TEXT, "The ETag of an earlier answer."),
}
HEADERS: dict[str, Any] = {
    "X-Correlation-ID": {
        "schema": UUID,
        "description": "Ties this answer to logs and events.",
        "example": "7e6bd71c-6c7c-4a1d-8c33-6a7b2e0a0002",
    },
    **{
        name: {"schema": TEXT, "description": "On every answer of the function.", "example": value}
        for name, value in EVERYWHERE.items()
    },
    "Location": {
        "schema": PATH,
        "description": "Where it is read.",
        "example": "/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/",
    },
    "Retry-After": {
        "schema": WHOLE,
        "description": "In how many seconds to ask again.",
        "example": 2,
    },
    "ETag": {
        "schema": TEXT,
        "description": "Changes with what it stands for; for If-None-Match.",
        "example": '"6f1d2c3b.3"',
    },
    "Vary": {
        "schema": TEXT,
        "description": "What the answer depends on.",
        "example": "Accept-Encoding",
    },
    "WWW-Authenticate": {
        "schema": TEXT,
        "description": "How to sign in (RFC 6750).",
        "example": 'Bearer error="invalid_token"',
    },
}
EVERY_ANSWER = ("X-Correlation-ID", *EVERYWHERE)

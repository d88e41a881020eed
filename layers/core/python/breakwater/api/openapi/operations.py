"""Every operation of the API: who may call it, what it takes and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from breakwater.api.callers import OPERATE, SUBMIT
from breakwater.api.openapi.examples import INTENT

PUBLIC = "public"
SIGNED_IN = "signed in"
PROBLEM = "Problem"
NOTHING = ""
"""Instead of a schema's name: the answer has no body."""

ACCEPTED_HEADERS = ("Location", "Retry-After")
PROBLEMS: Mapping[int, str] = {
    400: "Not JSON, or not valid: every fault is listed.",
    401: "No token, or not a valid one.",
    403: "The token lacks the right.",
    404: "There is no such thing, or it is not yours.",
    409: "It cannot be done as things stand.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The Idempotency-Key stands for another request.",
    429: "Too many requests: the gateway's limit, or an account's.",
    500: "The request could not be processed.",
    503: "Storage does not answer, or no function is free. Ask again, after Retry-After if given.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: its schema's name among the components, and its own headers."""

    what: str
    schema: str = NOTHING
    headers: Sequence[str] = ()
    """Those that it always has."""
    sometimes: Sequence[str] = ()
    media: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path; `problems` are the errors of its own, 500 and 429 are everybody's."""

    route: str
    id: str
    summary: str
    who: str
    answers: Mapping[int, Answer]
    problems: Sequence[int]
    parameters: Sequence[str] = ()
    """Names among the components' parameters."""
    body: str = NOTHING
    optional_body: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)


_READ = (401, 503)
_WRITE = (400, 401, 403, 413, 415, 503)
_UNCHANGED = Answer(
    what="Unchanged since the ETag that was sent.", headers=("ETag",), sometimes=("Retry-After",)
)

OPERATIONS = (
    Operation(
        route="POST /api/v1/deployments",
        id="deploy",
        summary="Accept a deployment, and run it.",
        who=SUBMIT,
        parameters=("IdempotencyKey", "CorrelationId"),
        body="Deployment",
        answers={202: Answer(what="Accepted.", schema="Accepted", headers=ACCEPTED_HEADERS)},
        problems=(*_WRITE, 422),
    ),
    Operation(
        route="GET /api/v1/tasks/{task_id}/status",
        id="readStatus",
        summary="Say where a task stands.",
        who=SUBMIT,
        parameters=("TaskId", "IfNoneMatch", "CorrelationId"),
        answers={
            200: Answer(
                what="Its status. Retry-After until it has ended.",
                schema="Status",
                headers=("ETag",),
                sometimes=("Retry-After",),
            ),
            304: _UNCHANGED,
        },
        problems=(*_READ, 403, 404),
    ),
    Operation(
        route="GET /api/v1/tasks",
        id="listTasks",
        summary="List tasks, newest first: one's own, or everybody's for operators.",
        who=SUBMIT,
        parameters=(
            "OfCorrelation",
            "OfStatus",
            "OfKind",
            "ShortLimit",
            "Cursor",
            "CorrelationId",
        ),
        answers={200: Answer(what="A page of tasks.", schema="Tasks")},
        problems=(*_READ, 400, 403),
    ),
    Operation(
        route="GET /api/v1/events",
        id="readEvents",
        summary="Read the audit trail of a correlation id, oldest first.",
        who=SUBMIT,
        parameters=("TrailOf", "ShortLimit", "Cursor", "CorrelationId"),
        answers={200: Answer(what="A page of events.", schema="Events")},
        problems=(*_READ, 400, 403),
    ),
    Operation(
        route="POST /api/v1/integrations/{system}/sync",
        id="sync",
        summary="Pull what is new in a system. One sync of a system runs at a time.",
        who=SUBMIT,
        parameters=("System", "IdempotencyKey", "CorrelationId"),
        body="Sync",
        optional_body=True,
        example={"deadline_seconds": 3600},
        answers={202: Answer(what="Accepted.", schema="Accepted", headers=ACCEPTED_HEADERS)},
        problems=(*_WRITE, 404, 409, 422),
    ),
    Operation(
        route="GET /api/v1/integrations/{system}/records",
        id="readRecords",
        summary="Read back what was pulled, oldest change first.",
        who=SUBMIT,
        parameters=("System", "Limit", "Cursor", "CorrelationId"),
        answers={200: Answer(what="A page of records.", schema="Records")},
        problems=(*_READ, 400, 403, 404),
    ),
    Operation(
        route="POST /api/v1/conversations",
        id="beginConversation",
        summary="Begin a conversation with the AI provider.",
        who=SUBMIT,
        parameters=("IdempotencyKey", "CorrelationId"),
        body="NewConversation",
        optional_body=True,
        example={"title": "Rollout of Editor 3"},
        answers={201: Answer(what="Begun.", schema="Conversation", headers=("Location",))},
        problems=(*_WRITE, 404, 422),
    ),
    Operation(
        route="GET /api/v1/conversations/{conversation_id}",
        id="readConversation",
        summary="Read a conversation back, oldest message first.",
        who=SUBMIT,
        parameters=("ConversationId", "MessageLimit", "Cursor", "CorrelationId"),
        answers={200: Answer(what="A page of messages.", schema="History")},
        problems=(*_READ, 400, 403, 404),
    ),
    Operation(
        route="POST /api/v1/conversations/{conversation_id}/messages",
        id="ask",
        summary="Say something, and have it answered. One message is answered at a time.",
        who=SUBMIT,
        parameters=("ConversationId", "IdempotencyKey", "CorrelationId"),
        body="NewMessage",
        example={"content": "Which of our rings should get the update first?"},
        answers={202: Answer(what="Accepted.", schema="Accepted", headers=ACCEPTED_HEADERS)},
        problems=(*_WRITE, 404, 409, 422),
    ),
    Operation(
        route="POST /api/v1/deployment-intents",
        id="stateIntent",
        summary="State what is to be deployed, for its risk to be scored.",
        who=SUBMIT,
        parameters=("IdempotencyKey", "CorrelationId"),
        body="DeploymentIntent",
        example=INTENT,
        answers={201: Answer(what="Stored.", schema="SeenIntent", headers=("Location", "ETag"))},
        problems=(*_WRITE, 422),
    ),
    Operation(
        route="GET /api/v1/deployment-intents/{intent_id}",
        id="readIntent",
        summary="Read an intent, with the score that was asked for last.",
        who=SUBMIT,
        parameters=("IntentId", "IfNoneMatch", "CorrelationId"),
        answers={
            200: Answer(what="The intent.", schema="SeenIntent", headers=("ETag",)),
            304: Answer(what="Unchanged since the ETag that was sent.", headers=("ETag",)),
        },
        problems=(*_READ, 403, 404),
    ),
    Operation(
        route="POST /api/v1/deployment-intents/{intent_id}/risk-score",
        id="scoreIntent",
        summary="Score an intent's risk; the score is written on the intent.",
        who=SUBMIT,
        parameters=("IntentId", "IdempotencyKey", "CorrelationId"),
        body="RiskScore",
        optional_body=True,
        example={"deadline_seconds": 3600},
        answers={202: Answer(what="Accepted.", schema="Accepted", headers=ACCEPTED_HEADERS)},
        problems=(*_WRITE, 404, 422),
    ),
    Operation(
        route="GET /api/v1/breakers",
        id="readBreakers",
        summary="Show every service's circuit breaker.",
        who=SIGNED_IN,
        parameters=("CorrelationId",),
        answers={200: Answer(what="By service.", schema="Breakers")},
        problems=_READ,
    ),
    Operation(
        route="GET /api/v1/breakers/{service}",
        id="readBreaker",
        summary="Show one service's circuit breaker.",
        who=SIGNED_IN,
        parameters=("Service", "CorrelationId"),
        answers={200: Answer(what="Under the service's name.", schema="Breakers")},
        problems=(*_READ, 404),
    ),
    Operation(
        route="PUT /api/v1/breakers/{service}/override",
        id="override",
        summary="Force a breaker open or closed for a while, or give it back.",
        who=OPERATE,
        parameters=("Service", "CorrelationId"),
        body="Override",
        example={"mode": "forced_open", "reason": "maintenance", "expires_in_seconds": 3600},
        answers={200: Answer(what="The breaker as it stands now.", schema="Breakers")},
        problems=(*_WRITE, 404),
    ),
    Operation(
        route="GET /api/v1/health",
        id="readHealth",
        summary="Say whether tasks can be accepted, and which circuits are open.",
        who=PUBLIC,
        parameters=("CorrelationId",),
        answers={200: Answer(what="ok or degraded.", schema="Health")},
        problems=(503,),
    ),
    Operation(
        route="GET /api/v1/openapi.json",
        id="readDescription",
        summary="Return this document.",
        who=PUBLIC,
        parameters=("IfNoneMatch", "CorrelationId"),
        answers={
            200: Answer(what="OpenAPI 3.1.", schema="Description", headers=("ETag", "Vary")),
            304: _UNCHANGED,
        },
        problems=(),
    ),
    Operation(
        route="GET /api/v1/docs",
        id="showDescription",
        summary="Show this document to people, with Swagger UI.",
        who=PUBLIC,
        parameters=("IfNoneMatch", "CorrelationId"),
        answers={
            200: Answer(
                what="A page that loads nothing from other hosts.",
                schema="Page",
                headers=("ETag", "Vary"),
                media="text/html",
            ),
            304: _UNCHANGED,
        },
        problems=(),
    ),
)

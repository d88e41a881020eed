"""The documents that go in and out, as JSON Schema 2020-12."""

from typing import Any

from breakwater.api.breakers import MAX_SECONDS
from breakwater.api.changes import MAX_SUMMARY_CHARS, PROJECT
from breakwater.api.reasons import MAX_REASON_CHARS
from breakwater.domain.changes import ChangeState
from breakwater.domain.risk_levels import Level
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind
from breakwater.resilience.circuit import Mode, State
from breakwater.resilience.registry import SERVICES

TEXT: dict[str, Any] = {"type": "string"}
SYSTEMS = ("servicenow", "jira")
UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}
PATH: dict[str, Any] = {"type": "string", "format": "uri-reference"}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object that has nothing but these."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def line(most: int) -> dict[str, Any]:
    """Return the schema of a text of one line, whose blanks around it do not count."""
    return {
        "type": "string",
        "format": "printable",
        "minLength": 1,
        "maxLength": most,
        "description": "Printable characters only, and not all of them blanks.",
    }


def ref(name: str) -> dict[str, Any]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


_CIRCUIT = {
    "state": {"enum": [state.value for state in State]},
    "fail_counter": WHOLE,
    "is_open": {"type": "boolean"},
}
_HELD = closed(
    {
        "mode": {"enum": [mode.value for mode in Mode]},
        "reason": TEXT,
        "by": TEXT,
        "expires_at": TIME,
    }
)

_TASK = {
    "task_id": UUID,
    "kind": {"enum": [kind.value for kind in Kind]},
    "status": {"enum": [status.value for status in Status]},
    "error": maybe(ref("TaskError")),
    "attempt": {"type": "integer", "minimum": 1},
    "correlation_id": UUID,
    "created_at": TIME,
    "updated_at": TIME,
    "deadline": TIME,
}
_MAYBE = {
    "retry_at": TIME,
    "change": ref("ChangeRecord"),
    "retry_of": UUID,
    "retried_as": UUID,
    "cancellation": ref("Cancellation"),
    "resolution": ref("Resolution"),
    "risk": ref("AcceptedRisk"),
    "execution_arn": TEXT,
}
LEVEL = {"enum": [level.value for level in Level]}
SCORE = {"type": "integer", "minimum": 0, "maximum": 100}
_CURSOR = maybe(TEXT)

SCHEMAS: dict[str, Any] = {
    "Description": {"type": "object", "required": ["openapi", "info", "paths", "components"]},
    "Page": TEXT,
    "GatewayMessage": closed({"message": {"type": ["string", "null"]}})
    | {"description": "What the gateway says by itself, before or instead of the function."},
    "Accepted": closed(
        {
            "task_id": UUID,
            "correlation_id": UUID,
            "status": {"const": "accepted"},
            "status_url": {"type": "string", "format": "uri-reference"},
        }
    ),
    "Status": closed({**_TASK, "result": maybe({"type": "object"})}, _MAYBE),
    "Tasks": closed({"tasks": {"type": "array", "items": ref("TaskSummary")}, "cursor": _CURSOR}),
    "TaskSummary": closed({**_TASK, "service": TEXT, "status_url": PATH}, _MAYBE),
    "Events": closed({"events": {"type": "array", "items": ref("Event")}, "cursor": _CURSOR}),
    "Event": closed(
        {
            "type": TEXT,
            "subject": TEXT,
            "position": TEXT,
            "correlation_id": TEXT,
            "occurred_at": TIME,
            "data": {"type": "object"},
        }
    ),
    "AcceptedRisk": closed(
        {"intent_id": UUID, "score": maybe(SCORE), "level": maybe(LEVEL), "model": maybe(TEXT)}
    ),
    "Change": {
        "anyOf": [
            closed({"system": {"const": "servicenow"}, "summary": line(MAX_SUMMARY_CHARS)}),
            closed(
                {
                    "system": {"const": "jira"},
                    "summary": line(MAX_SUMMARY_CHARS),
                    "project": {"type": "string", "pattern": f"^{PROJECT.pattern}$"},
                }
            ),
        ]
    },
    "ChangeRecord": closed(
        {"system": {"enum": list(SYSTEMS)}, "state": {"enum": [one.value for one in ChangeState]}},
        {"key": TEXT, "url": TEXT, "error": closed({"type": TEXT, "message": TEXT})},
    ),
    "TaskError": closed(
        {"type": TEXT, "message": TEXT},
        {"service": TEXT, "status_code": {"type": "integer"}, "response_body": TEXT},
    ),
    "Breakers": {
        "type": "object",
        "propertyNames": {"enum": list(SERVICES)},
        "additionalProperties": closed(
            {**_CIRCUIT, "retry_at": maybe(TIME), "override": maybe(_HELD)}
        ),
    },
    "Override": closed(
        {
            "mode": {"enum": [mode.value for mode in Mode]},
            "reason": line(MAX_REASON_CHARS),
        },
        {"expires_in_seconds": {"type": "integer", "minimum": 1, "maximum": MAX_SECONDS}},
    ),
    "Health": closed(
        {
            "status": {"enum": ["ok", "degraded"]},
            "breakers": {"type": "object", "additionalProperties": closed(_CIRCUIT)},
        }
    ),
    "Record": closed({"key": TEXT, "updated_at": TIME, "data": {"type": "object"}}),
    "Records": closed(
        {"records": {"type": "array", "items": ref("Record")}, "cursor": maybe(TEXT)}
    ),
    "Problem": closed(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "instance": {"type": "string", "format": "uri-reference"},
            "correlation_id": UUID,
        },
        {
            "errors": {"type": "array", "items": closed({"pointer": TEXT, "detail": TEXT})},
            # With the 409 of what runs alone, a sync or an answer: the task that is running.
            "task_id": UUID,
            "status_url": TEXT,
        },
    ),
}

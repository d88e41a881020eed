"""The operations that heal, and what goes in and out of them."""

from collections.abc import Sequence
from typing import Any

from breakwater.api.callers import OPERATE, SUBMIT
from breakwater.api.openapi.operation import (
    ACCEPT,
    ACCEPTED_HEADERS,
    READ,
    WRITE,
    Answer,
    Operation,
)
from breakwater.api.openapi.schemas import TEXT, TIME, UUID, WHOLE, closed, line, maybe, ref
from breakwater.api.reasons import MAX_REASON_CHARS
from breakwater.domain.cancellations import AtVendor, Effect
from breakwater.domain.replays import MAX_RATE
from breakwater.domain.resolutions import Verdict
from breakwater.domain.status import Status
from breakwater.resilience.registry import SERVICES

_ERROR = closed({"type": TEXT, "message": TEXT})
_REASON = line(MAX_REASON_CHARS)
_SELECTION = {
    "service": {"enum": list(SERVICES)},
    "correlation_id": UUID,
    "failed_after": TIME,
    "failed_before": TIME,
}
_RATE = {"type": "integer", "minimum": 1, "maximum": MAX_RATE}

HEALING_SCHEMAS: dict[str, Any] = {
    "Nothing": closed({}),
    "Cancellation": closed(
        {
            "at": TIME,
            "effect": {"enum": [effect.value for effect in Effect]},
            "at_vendor": {"enum": [said.value for said in AtVendor]},
        },
        {"by": TEXT, "error": _ERROR},
    ),
    "Cancelled": closed(
        {
            "task_id": UUID,
            "correlation_id": UUID,
            "status": {"enum": [Status.CANCELLED.value, Status.UNKNOWN.value]},
            "status_url": {"type": "string", "format": "uri-reference"},
            "cancellation": ref("Cancellation"),
        }
    ),
    "Verdict": closed(
        {"outcome": {"enum": [verdict.value for verdict in Verdict]}, "reason": _REASON}
    ),
    "Resolution": closed(
        {
            "outcome": {"enum": [verdict.value for verdict in Verdict]},
            "reason": _REASON,
            "by": TEXT,
            "at": TIME,
        }
    ),
    "Replay": closed({}, {**_SELECTION, "rate_per_minute": _RATE, "dry_run": {"type": "boolean"}})
    | {
        "anyOf": [{"required": [name]} for name in ("service", "correlation_id", "failed_after")],
        "description": "The rate is required, except with `dry_run`.",
    },
    "Count": closed({"count": WHOLE, "exact": {"type": "boolean"}})
    | {"description": "Where it is not exact, there are at least so many."},
    "Progress": closed(
        {
            "selected": WHOLE,
            "exact": {"type": "boolean"},
            "retried": WHOLE,
            "skipped": WHOLE,
            "remaining": WHOLE,
        }
    ),
    "Run": closed(
        {
            "task_id": UUID,
            "status": {"enum": [status.value for status in Status]},
            "correlation_id": UUID,
            "selection": closed({}, _SELECTION),
            "rate_per_minute": _RATE,
            "progress": maybe(ref("Progress")),
            "error": maybe(ref("TaskError")),
            "created_at": TIME,
            "updated_at": TIME,
            "deadline": TIME,
        }
    ),
}


def _bodiless(*, answer: Answer, problems: Sequence[int] = WRITE, **values: Any) -> Operation:
    """Return what is asked of one task by its address alone."""
    return Operation(
        **values,
        parameters=("TaskId", "CorrelationId"),
        body="Nothing",
        optional_body=True,
        example={},
        answers={202: answer},
        problems=(*problems, 404, 409),
    )


HEALING_OPERATIONS = (
    _bodiless(
        route="POST /api/v1/tasks/{task_id}/cancel",
        id="cancel",
        summary="End a task, and say what may already have taken effect.",
        who=SUBMIT,
        answer=Answer(what="Ended.", schema="Cancelled", headers=ACCEPTED_HEADERS),
    ),
    _bodiless(
        route="POST /api/v1/tasks/{task_id}/retry",
        id="retry",
        summary="Do what a task has not achieved once more, as a new task.",
        who=SUBMIT,
        answer=Answer(what="The new task.", schema="Accepted", headers=ACCEPTED_HEADERS),
        problems=ACCEPT,
    ),
    Operation(
        route="POST /api/v1/tasks/{task_id}/resolve",
        id="resolve",
        summary="Say what became of a task whose outcome was unknown.",
        who=OPERATE,
        parameters=("TaskId", "CorrelationId"),
        body="Verdict",
        example={"outcome": "did_not", "reason": "the app has no such assignment"},
        answers={200: Answer(what="The task's status.", schema="Status")},
        problems=(*WRITE, 404, 409),
    ),
    Operation(
        route="POST /api/v1/task-retries",
        id="retryMany",
        summary="Count the failed tasks of a selection, or retry them at a rate.",
        who=OPERATE,
        parameters=("IdempotencyKey", "CorrelationId"),
        body="Replay",
        example={"service": "intune", "rate_per_minute": 60, "dry_run": True},
        answers={
            200: Answer(what="With `dry_run`: how many there are.", schema="Count"),
            202: Answer(what="The run.", schema="Accepted", headers=ACCEPTED_HEADERS),
        },
        problems=(*ACCEPT, 409, 422),
    ),
    Operation(
        route="GET /api/v1/task-retries/{task_id}",
        id="readRun",
        summary="Say how far a run is.",
        who=OPERATE,
        parameters=("TaskId", "CorrelationId"),
        answers={
            200: Answer(
                what="Its progress. Retry-After until it has ended.",
                schema="Run",
                sometimes=("Retry-After",),
            )
        },
        problems=(*READ, 403, 404),
    ),
    _bodiless(
        route="POST /api/v1/task-retries/{task_id}/cancel",
        id="cancelRun",
        summary="End a run: it retries no more tasks.",
        who=OPERATE,
        answer=Answer(what="Ended.", schema="Cancelled", headers=ACCEPTED_HEADERS),
    ),
)

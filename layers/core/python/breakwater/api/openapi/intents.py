"""Deployment intents and their risk: what may be asked, and the documents that go in and out."""

from typing import Any

from breakwater.api.callers import SUBMIT
from breakwater.api.openapi.examples import INTENT
from breakwater.api.openapi.models import modelled
from breakwater.api.openapi.operation import (
    ACCEPT,
    ACCEPTED,
    READ,
    UNCHANGED,
    WRITE,
    Answer,
    Operation,
)
from breakwater.api.openapi.schemas import LEVEL, SCORE, TEXT, TIME, UUID, WHOLE, closed, maybe, ref
from breakwater.api.statements import Statement

INTENT_OPERATIONS = (
    Operation(
        route="POST /api/v1/deployment-intents",
        id="stateIntent",
        summary="State what is to be deployed, for its risk to be scored.",
        who=SUBMIT,
        parameters=("IdempotencyKey", "CorrelationId"),
        body="DeploymentIntent",
        example=INTENT,
        answers={201: Answer(what="Stored.", schema="SeenIntent", headers=("Location", "ETag"))},
        problems=(*WRITE, 422),
    ),
    Operation(
        route="GET /api/v1/deployment-intents/{intent_id}",
        id="readIntent",
        summary="Read an intent, with the score that was asked for last.",
        who=SUBMIT,
        parameters=("IntentId", "IfNoneMatch", "CorrelationId"),
        answers={
            200: Answer(what="The intent.", schema="SeenIntent", headers=("ETag",)),
            304: UNCHANGED,
        },
        problems=(*READ, 403, 404),
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
        answers={202: ACCEPTED},
        problems=(*ACCEPT, 404, 422),
    ),
)


def intent_schemas(connectors: list[str]) -> dict[str, Any]:
    """Return the schemas for the connectors that are configured."""
    schemas = modelled("DeploymentIntent", Statement, "Intent")
    stated = schemas["DeploymentIntent"]
    stated["properties"]["connector_type"] = {"enum": connectors}
    stated["required"].append("connector_type")
    required = {name: stated["properties"][name] for name in stated["required"]}
    shown = {
        "intent_id": UUID,
        "correlation_id": UUID,
        "created_at": TIME,
        **required,
        "risk": maybe(ref("Risk")),
    }
    return {
        **schemas,
        "SeenIntent": closed(shown, {"change_window": ref("IntentChangeWindow")}),
        "Risk": closed(
            {
                "model": TEXT,
                "score": SCORE,
                "level": LEVEL,
                "factors": {"type": "array", "items": ref("Contribution")},
                "at": TIME,
                "task_id": UUID,
            }
        ),
        "Contribution": closed({"factor": TEXT, "points": WHOLE, "weight": WHOLE, "reason": TEXT}),
    }

"""Deployment intents and their risk as JSON Schema: as they are stated, and as they are shown."""

from typing import Any

from breakwater.api.openapi.models import modelled
from breakwater.api.openapi.schemas import LEVEL, SCORE, TEXT, TIME, UUID, WHOLE, closed, maybe, ref
from breakwater.api.statements import Statement


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

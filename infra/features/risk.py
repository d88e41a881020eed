"""functions/risk: score a deployment intent."""

from breakwater.domain.tasks import Kind
from infra.constructs.functions import SCORE, Handler
from infra.constructs.workflows import Workflow
from infra.environment import risk_environment
from infra.features.parts import Parts


def risk(parts: Parts, settle: Handler) -> Workflow:
    """Return the workflow of risk scores."""
    tables = parts.tables
    score = parts.handler("risk/score", risk_environment(parts.stage, tables), SCORE)
    parts.allow_tasks(score)
    score.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[tables.intents.table_arn])
    score.allow("dynamodb:Query", on=[f"{tables.executions.table_arn}/index/by_package"])
    score.allow("dynamodb:BatchGetItem", on=[tables.circuits.table_arn])
    return parts.workflow(
        "risk", {"ScoreFunction": score, "SettleFunction": settle}, runs=Kind.RISK_SCORE
    )

"""functions/chat: have a question answered."""

from breakwater.domain.tasks import Kind
from breakwater.registry import PROVIDER
from infra.constructs.functions import STEP, Handler
from infra.constructs.workflows import Workflow
from infra.environment import chat_environment
from infra.features.parts import Parts


def chat(parts: Parts, settle: Handler) -> Workflow:
    """Return the workflow of chats."""
    environment = chat_environment(parts.stage, parts.tables, parts.connectors)
    complete = parts.handler("chat/complete", environment, STEP)
    parts.allow_tasks(complete)
    parts.allow_vendor_calls(complete, [PROVIDER])
    # A message is stored only while its task is still the attempt's.
    complete.allow("dynamodb:ConditionCheckItem", on=[parts.tables.executions.table_arn])
    complete.allow(
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        on=[parts.tables.conversations.table_arn],
    )
    parts.allow_model(complete)
    return parts.workflow(
        "chat", {"CompleteFunction": complete, "SettleFunction": settle}, runs=Kind.CHAT
    )

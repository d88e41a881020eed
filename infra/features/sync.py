"""functions/sync: pull a system's records, page after page."""

from breakwater.domain.tasks import Kind
from breakwater.registry import INTEGRATED
from infra.constructs.functions import PULL, Handler
from infra.constructs.workflows import Workflow
from infra.environment import sync_environment
from infra.features.parts import Parts


def sync(parts: Parts, settle: Handler) -> Workflow:
    """Return the workflow of syncs."""
    environment = sync_environment(parts.stage, parts.tables, parts.connectors)
    pull = parts.handler("sync/pull", environment, PULL)
    parts.allow_tasks(pull)
    parts.allow_vendor_calls(pull, INTEGRATED)
    pull.allow("dynamodb:GetItem", "dynamodb:PutItem", on=[parts.tables.records.table_arn])
    return parts.workflow("sync", {"PullFunction": pull, "SettleFunction": settle}, runs=Kind.SYNC)

"""functions/replay: retry many failed tasks, at a rate."""

from breakwater.domain.tasks import Kind
from infra.constructs.functions import STEP, Handler
from infra.constructs.workflows import Machines, Workflow
from infra.environment import replay_environment
from infra.features.parts import Parts


def replay(parts: Parts, settle: Handler, machines: Machines) -> Workflow:
    """Return the workflow of runs, which may start the tasks of `machines` anew."""
    tables = parts.tables
    environment = replay_environment(parts.stage, tables, machines=machines.as_json)
    batch = parts.handler("replay/batch", environment, STEP)
    parts.allow_tasks(batch)
    # A retry is a new task, checked against its run and, where it must be alone, with its lease.
    executions = tables.executions.table_arn
    batch.allow("dynamodb:PutItem", "dynamodb:ConditionCheckItem", on=[executions])
    batch.allow("dynamodb:BatchGetItem", on=[executions])
    batch.allow(
        "dynamodb:Query", on=[f"{executions}/index/failures", f"{executions}/index/by_correlation"]
    )
    batch.allow("dynamodb:PutItem", on=[tables.leases.table_arn])
    batch.allow("states:StartExecution", on=machines.arns)
    return parts.workflow(
        "replay", {"BatchFunction": batch, "SettleFunction": settle}, runs=Kind.REPLAY
    )

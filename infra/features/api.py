"""functions/api: the HTTPS API, its gateway, and what it may touch."""

from infra.constructs.api import HttpApi
from infra.constructs.cursors import CursorKey
from infra.constructs.functions import API, Handler
from infra.constructs.identity import Identity
from infra.constructs.tables import Tables
from infra.constructs.workflows import Machines, Workflow
from infra.environment import api_environment
from infra.features.parts import Parts


def api(parts: Parts, identity: Identity, machines: Machines, aftercare: Workflow) -> HttpApi:
    """Return the API, which may start an execution of each of `machines`, and stop it."""
    tables = parts.tables
    cursor_key = CursorKey(parts.scope, "CursorKey").arn
    environment = api_environment(
        parts.stage,
        tables,
        parts.connectors,
        machines=machines.as_json,
        aftercare_machine=aftercare.start_arn,
        cursor_secret=cursor_key,
    )
    handler = parts.handler("api", environment, API)
    handler.allow("secretsmanager:GetSecretValue", on=[cursor_key])
    handler.allow("states:StartExecution", on=[*machines.arns, aftercare.machine.state_machine_arn])
    handler.allow("states:StopExecution", on=machines.execution_arns)
    _allow_tasks(handler, tables)
    _allow_what_else_is_stored(handler, tables)
    return HttpApi(
        parts.scope,
        "HttpApi",
        handler=handler,
        issuer=identity.issuer,
        audience=identity.audience,
        log_retention=parts.log_retention,
    )


def _allow_tasks(handler: Handler, tables: Tables) -> None:
    """Let tasks be accepted, read and listed; and cancelled, retried, resolved, with an event."""
    executions = tables.executions.table_arn
    handler.allow(
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        on=[executions],
    )
    found_by = ("failures", "unfinished", *tables.lists)
    handler.allow("dynamodb:Query", on=[f"{executions}/index/{name}" for name in found_by])
    handler.allow("dynamodb:PutItem", on=[tables.leases.table_arn])
    handler.allow("dynamodb:PutItem", on=[tables.events.table_arn])
    handler.allow("dynamodb:Query", on=[f"{tables.events.table_arn}/index/by_correlation"])


def _allow_what_else_is_stored(handler: Handler, tables: Tables) -> None:
    """Let intents and conversations be kept, records be read, circuits be read and overridden."""
    handler.allow("dynamodb:GetItem", "dynamodb:PutItem", on=[tables.intents.table_arn])
    handler.allow("dynamodb:Query", on=[f"{tables.records.table_arn}/index/by_position"])
    handler.allow(
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        on=[tables.conversations.table_arn],
    )
    handler.allow(
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:UpdateItem",
        on=[tables.circuits.table_arn],
    )

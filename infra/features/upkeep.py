"""functions/upkeep: what happens each minute, whether or not anybody calls."""

from infra.constructs.functions import UPKEEP, Handler
from infra.constructs.schedule import EachMinute
from infra.environment import upkeep_environment
from infra.features.parts import Parts


def upkeep(parts: Parts) -> Handler:
    """Return the function that looks after the circuits."""
    tables = parts.tables
    environment = upkeep_environment(parts.stage, tables, parts.connectors)
    handler = parts.handler("upkeep/sweep", environment, UPKEEP)
    # Nobody else's events are its business, but each transition is written with its event.
    handler.allow("dynamodb:PutItem", on=[tables.events.table_arn])
    handler.allow("dynamodb:BatchGetItem", on=[tables.circuits.table_arn])
    parts.allow_vendor_calls(handler)
    parts.allow_model(handler)
    EachMinute(
        parts.scope,
        "Upkeep",
        handler=handler,
        what="Circuits: probes the idle, ends overrides, publishes the gauges",
    )
    return handler

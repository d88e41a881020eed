"""functions/upkeep: what happens by itself, whether or not anybody calls."""

from dataclasses import dataclass

from infra.constructs.functions import SWEEP, UPKEEP, Handler
from infra.constructs.schedule import Deaths, EachMinute
from infra.constructs.workflows import Machines, Workflow
from infra.environment import sweep_environment, upkeep_environment
from infra.features.parts import Parts


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The functions that look after circuits and tasks; each has its own time."""

    circuits: Handler
    tasks: Handler
    hints: Handler

    @property
    def outputs(self) -> dict[str, str]:
        """What operators invoke by hand."""
        return {
            "UpkeepFunction": self.circuits.function.function_name,
            "SweepFunction": self.tasks.function.function_name,
            "HintFunction": self.hints.function.function_name,
        }


def upkeep(parts: Parts, machines: Machines, aftercare: Workflow) -> Upkeep:
    """Return what looks after circuits, and after the tasks of `machines`."""
    return Upkeep(
        _circuits(parts), _tasks(parts, machines, aftercare), _hints(parts, machines, aftercare)
    )


def _circuits(parts: Parts) -> Handler:
    tables = parts.tables
    environment = upkeep_environment(parts.stage, tables, parts.connectors)
    handler = parts.handler("upkeep/circuits", environment, UPKEEP)
    # Nobody else's events are its business, but each transition is written with its event.
    handler.allow("dynamodb:PutItem", on=[tables.events.table_arn])
    handler.allow("dynamodb:BatchGetItem", on=[tables.circuits.table_arn])
    parts.allow_vendor_calls(handler, parts.stage.services)
    parts.allow_model(handler)
    EachMinute(
        parts.scope,
        "Upkeep",
        handler=handler,
        what="Circuits: probes the idle, ends overrides, publishes the gauges",
    )
    return handler


def _tasks(parts: Parts, machines: Machines, aftercare: Workflow) -> Handler:
    handler = _reconciling(parts, "upkeep/tasks", machines, aftercare)
    handler.allow("dynamodb:Query", on=[f"{parts.tables.executions.table_arn}/index/due"])
    EachMinute(
        parts.scope,
        "Sweep",
        handler=handler,
        what="Tasks: starts, ends or stops what is due, and publishes the gauges",
    )
    return handler


def _hints(parts: Parts, machines: Machines, aftercare: Workflow) -> Handler:
    handler = _reconciling(parts, "upkeep/hints", machines, aftercare)
    Deaths(parts.scope, "Hints", handler=handler, machine_arns=machines.arns)
    return handler


def _reconciling(parts: Parts, folder: str, machines: Machines, aftercare: Workflow) -> Handler:
    """Return a function that may bring tasks and their executions together."""
    environment = sweep_environment(
        parts.stage,
        parts.tables,
        machines=machines.as_json,
        aftercare_machine=aftercare.start_arn,
    )
    handler = parts.handler(folder, environment, SWEEP)
    parts.allow_tasks(handler)
    started = [*machines.arns, aftercare.machine.state_machine_arn]
    handler.allow("states:StartExecution", on=started)
    handler.allow("states:DescribeExecution", "states:StopExecution", on=machines.execution_arns)
    return handler

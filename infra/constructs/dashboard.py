"""The dashboard: from what clients feel, over tasks and vendors, to what the stack is made of."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from breakwater.adapters import metrics
from breakwater.domain.status import TERMINAL
from infra.constructs.meter import Meter
from infra.constructs.objectives import BUDGET, INDICATORS, OBJECTIVE
from infra.constructs.widgets import (
    Lines,
    executions,
    gateway,
    graph,
    over_the_range,
    text,
)

RUNBOOKS = (
    "circuit-breaker-operations.md",
    "vendor-outage.md",
    "replay.md",
    "stuck-tasks.md",
    "service-level.md",
)


class Dashboard(Construct):
    """One page for an operator, the runbooks linked at its top."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        meter: Meter,
        services: Sequence[str],
        api_id: str,
        machines: Mapping[str, sfn.IStateMachine],
        runbooks: str,
    ) -> None:
        super().__init__(scope, id_)
        lines = Lines(meter, services)
        links = " · ".join(f"[{name}]({runbooks}/{name})" for name in RUNBOOKS)
        name = Stack.of(self).stack_name
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            default_interval=Duration.hours(3),
            widgets=[
                [text(f"# {name}\nRunbooks: {links}")],
                _accepting(lines, api_id),
                _tasks(lines),
                _vendors(lines),
                _circuits(lines),
                [graph(f"Workflow: {kind}", each) for kind, each in executions(machines).items()],
            ],
        )


def _accepting(lines: Lines, api_id: str) -> list[cloudwatch.IWidget]:
    shares = [lines.all(metric, "Average") for metric, _ in INDICATORS.values()]
    budget = cloudwatch.HorizontalAnnotation(value=BUDGET, label="the whole budget")
    latency, faults = metrics.ACCEPT_LATENCY, metrics.ACCEPT_FAULTS
    return [
        graph(f"Share of faults; the objective is {OBJECTIVE:.1%}", shares, mark=budget),
        graph(
            "Accepting: ms",
            [
                *(lines.all(latency, each) for each in ("p50", "p99")),
                gateway(api_id, "Latency", "p99"),
            ],
        ),
        graph(
            "Accepting: errors",
            [lines.all(faults, "Sum"), *(gateway(api_id, each, "Sum") for each in ("5xx", "4xx"))],
        ),
    ]


def _tasks(lines: Lines) -> list[cloudwatch.IWidget]:
    ended = [
        lines.meter.metric(
            metrics.TASKS_ENDED, {metrics.STATUS: status.value}, "Sum", label=status.value
        )
        for status in sorted(TERMINAL)
    ]
    accepted = lines.found(metrics.TASKS_ACCEPTED, (metrics.KIND, metrics.TARGET), "Sum")
    at_end = [lines.all(metrics.TASK_AGE, each) for each in ("p50", "p95", "Maximum")]
    oldest = [lines.all(each, "Maximum") for each in (metrics.OLDEST_TASK, metrics.TASK_OVERDUE)]
    swept = (metrics.TASK_REPAIRS, metrics.TASKS_NOT_STARTED, metrics.TASKS_FAULTY)
    repairs = [lines.all(each, "Sum") for each in swept]
    due = [lines.all(each, "Maximum") for each in (metrics.TASKS_DUE, metrics.TASKS_LEFT)]
    return [
        graph("Tasks: ended, by state; accepted, by kind and service", ended, right=[accepted]),
        graph("Age of tasks: at their end, and the oldest unfinished: s", at_end, right=oldest),
        graph("Sweeper: repairs and faults, and what was due", repairs, right=due),
    ]


def _vendors(lines: Lines) -> list[cloudwatch.IWidget]:
    by_outcome = (metrics.TARGET, metrics.OUTCOME)
    calls = lines.found(metrics.VENDOR_LATENCY, by_outcome, "SampleCount")
    return [
        graph("Vendors: p90, ms", lines.each(metrics.VENDOR_LATENCY, "p90")),
        graph("Vendors: share of faults", lines.each(metrics.VENDOR_FAULTS, "Average")),
        graph("Vendors: calls by outcome", [calls]),
    ]


def _circuits(lines: Lines) -> list[cloudwatch.IWidget]:
    recovery = lines.each(metrics.CIRCUIT_OPEN_TIME, "Average")
    return [
        graph(
            "Circuits: 0 closed, 1 half-open, 2 open", lines.each(metrics.CIRCUIT_STATE, "Maximum")
        ),
        graph("Circuits: calls refused", lines.each(metrics.CIRCUIT_REJECTIONS, "Sum")),
        over_the_range("Mean time to recovery: s", recovery),
    ]

"""How the dashboard draws: its graphs, and the metrics on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn

from breakwater.adapters import metrics
from infra.constructs.meter import Meter

WIDTH, HEIGHT = 8, 6
FULL_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Lines:
    """A stage's metrics as lines on graphs; `services` are those that vendors' graphs show."""

    meter: Meter
    services: Sequence[str]

    def all(self, name: str, statistic: str) -> cloudwatch.IMetric:
        """Return what is measured for the stage as a whole."""
        return self.meter.metric(name, metrics.EVERYTHING, statistic, label=f"{name} {statistic}")

    def each(self, name: str, statistic: str) -> list[cloudwatch.IMetric]:
        """Return a line for each service."""
        return [
            self.meter.metric(name, {metrics.TARGET: service}, statistic, label=service)
            for service in self.services
        ]

    def found(self, name: str, dimensions: Sequence[str], statistic: str) -> cloudwatch.IMetric:
        """Return a line for each combination of values that there is."""
        schema = ",".join([f'"{self.meter.namespace}"', *dimensions])
        query = f'{{{schema}}} MetricName="{name}"'
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{query}', '{statistic}', 60)", using_metrics={}, label=""
        )


def gateway(api_id: str, name: str, statistic: str) -> cloudwatch.IMetric:
    """Return a metric of the gateway in front of the API."""
    return cloudwatch.Metric(
        namespace="AWS/ApiGateway",
        metric_name=name,
        dimensions_map={"ApiId": api_id},
        statistic=statistic,
        period=Duration.minutes(1),
        label=f"gateway {name} {statistic}",
    )


def executions(machines: Mapping[str, sfn.IStateMachine]) -> dict[str, list[cloudwatch.IMetric]]:
    """Return for each machine what becomes of its executions."""
    names = ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted")
    return {
        kind: [machine.metric(name, statistic="Sum", label=name) for name in names]
        for kind, machine in machines.items()
    }


def graph(
    title: str,
    lines: Sequence[cloudwatch.IMetric],
    *,
    right: Sequence[cloudwatch.IMetric] = (),
    mark: cloudwatch.HorizontalAnnotation | None = None,
) -> cloudwatch.GraphWidget:
    """Return a graph, a third of the dashboard wide."""
    return cloudwatch.GraphWidget(
        title=title,
        left=list(lines),
        right=list(right),
        left_annotations=[mark] if mark else None,
        left_y_axis=cloudwatch.YAxisProps(min=0),
        width=WIDTH,
        height=HEIGHT,
    )


def over_the_range(title: str, lines: Sequence[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    """Return one number for each line: over all of the time that the dashboard shows."""
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=list(lines),
        set_period_to_time_range=True,
        width=WIDTH,
        height=HEIGHT,
    )


def text(markdown: str) -> cloudwatch.IWidget:
    """Return words, as wide as the dashboard."""
    return cloudwatch.TextWidget(markdown=markdown, width=FULL_WIDTH, height=2)

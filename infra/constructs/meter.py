"""The product's metrics as alarms and dashboards name them, and how an alarm is made."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct


@dataclass(frozen=True, slots=True)
class Meter:
    """A stage's namespace of metrics."""

    namespace: str

    def metric(
        self,
        name: str,
        dimensions: Mapping[str, str],
        statistic: str,
        *,
        minutes: float = 1,
        label: str | None = None,
    ) -> cloudwatch.Metric:
        """Return a metric of the product."""
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=name,
            dimensions_map=dict(dimensions),
            statistic=statistic,
            period=Duration.minutes(minutes),
            label=label,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alarm rings: its metric is above `above` in `of` periods on end.

    `what` is the sentence that is read in the middle of the night, `runbook` a file and its anchor.
    `silence` is what no data means.
    """

    name: str
    metric: cloudwatch.IMetric
    above: float
    of: int
    what: str
    runbook: str
    silence: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


def alarm(scope: Construct, rule: Rule, *, topic: sns.ITopic | None) -> cloudwatch.Alarm:
    """Return the alarm of a rule; without a topic it only tells other alarms."""
    made = cloudwatch.Alarm(
        scope,
        "".join(part.capitalize() for part in rule.name.split("-")),
        # Named, unlike most: names are read where there is no time to look up an id.
        alarm_name=f"{Stack.of(scope).stack_name}-{rule.name}",
        alarm_description=f"{rule.what}. Runbook: {rule.runbook}",
        metric=rule.metric,
        threshold=rule.above,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=rule.of,
        datapoints_to_alarm=rule.of,
        treat_missing_data=rule.silence,
    )
    if topic is not None:
        tell(made, topic)
    return made


def tell(made: cloudwatch.AlarmBase, topic: sns.ITopic) -> None:
    """Let an alarm tell a topic of its beginning and its end."""
    action = actions.SnsAction(topic)
    made.add_alarm_action(action)
    made.add_ok_action(action)

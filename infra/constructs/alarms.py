"""Alarms: one per service, on for as long as its circuit is not closed, told to one topic.

Upkeep publishes each circuit's state every minute. What is missing is ignored, so that an alarm
keeps its state while nobody publishes: an open circuit does not look closed because a sweep failed.
One plain metric each: composite alarms and metric math would not run on the local stack.
"""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from breakwater.adapters import metrics

RUNBOOK = "circuit-breaker-operations.md"


class Alarms(Construct):
    """`topic`, to which whoever must know subscribes, and an alarm for each of `services`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        namespace: str,
        services: Sequence[str],
        runbooks: str,
    ) -> None:
        super().__init__(scope, id_)
        self._namespace = namespace
        self._publisher = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=self._key())
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[self._publisher],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        for service in services:
            self._circuit(service, f"{runbooks}/{RUNBOOK}")

    def _key(self) -> kms.Key:
        # Its own, because the key that AWS manages for SNS does not let CloudWatch publish.
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[self._publisher],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
            )
        )
        return key

    def _circuit(self, service: str, runbook: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            f"{service.capitalize()}Circuit",
            # Named, unlike everything else: it is read in the middle of the night.
            alarm_name=f"{Stack.of(self).stack_name}-circuit-{service}",
            alarm_description=(
                f"The circuit of {service} is open or half-open: calls to it are refused and "
                f"work for it waits. Runbook: {runbook}"
            ),
            metric=cloudwatch.Metric(
                namespace=self._namespace,
                metric_name=metrics.CIRCUIT_STATE,
                dimensions_map={metrics.TARGET: service},
                statistic="Maximum",
                period=Duration.minutes(1),
            ),
            threshold=1,
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            evaluation_periods=1,
            datapoints_to_alarm=1,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        tell = actions.SnsAction(self.topic)
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)

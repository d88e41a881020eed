"""Alarms: one per service, on for as long as its circuit is not closed, and those of the tasks.

Upkeep publishes each circuit's state every minute. What is missing is ignored, so that an alarm
keeps its state while nobody publishes: an open circuit does not look closed because a sweep failed.
That a sweep of the tasks does not come at all is an alarm itself. All are told to one topic. One
plain metric each: composite alarms and metric math would not run on the local stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from breakwater.adapters import metrics
from breakwater.domain.status import Status

RUNBOOK = "circuit-breaker-operations.md"

TASKS_RUNBOOK = "stuck-tasks.md"


@dataclass(frozen=True, slots=True)
class TaskAlarm:
    """An alarm of the tasks: rings when `metric` is above `above` in `minutes` minutes on end."""

    name: str
    metric: str
    above: int
    minutes: int
    text: str
    silence: cloudwatch.TreatMissingData
    statistic: str = "Maximum"
    of: Mapping[str, str] = field(default_factory=lambda: metrics.EVERYTHING)


TASK_ALARMS = (
    TaskAlarm(
        "overdue",
        metrics.TASK_OVERDUE,
        120,
        3,
        "A task was unfinished two minutes past its deadline, or the sweep does not report",
        cloudwatch.TreatMissingData.BREACHING,
    ),
    TaskAlarm(
        "repairs",
        metrics.TASK_REPAIRS,
        0,
        5,
        "The sweep has had to mend tasks for five minutes on end: something keeps dying",
        cloudwatch.TreatMissingData.IGNORE,
        statistic="Sum",
    ),
    TaskAlarm(
        "not-started",
        metrics.TASKS_NOT_STARTED,
        0,
        1,
        "Step Functions refuses to start tasks that were accepted",
        cloudwatch.TreatMissingData.IGNORE,
    ),
    TaskAlarm(
        "unknown",
        metrics.TASKS_ENDED,
        0,
        1,
        "A task has ended UNKNOWN: somebody must find out whether it took effect",
        # Counted where it happens, and by nobody while it does not.
        cloudwatch.TreatMissingData.NOT_BREACHING,
        statistic="Sum",
        of={metrics.STATUS: Status.UNKNOWN.value},
    ),
)


class Alarms(Construct):
    """`topic`, to which whoever must know subscribes, and every alarm: `services`' and tasks'."""

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
        for chosen in TASK_ALARMS:
            self._tasks(chosen, f"{runbooks}/{TASKS_RUNBOOK}")

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
        self._tell(alarm)

    def _tasks(self, chosen: TaskAlarm, runbook: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            "Tasks" + "".join(part.capitalize() for part in chosen.name.split("-")),
            alarm_name=f"{Stack.of(self).stack_name}-tasks-{chosen.name}",
            alarm_description=f"{chosen.text}. Runbook: {runbook}#{chosen.name}",
            metric=cloudwatch.Metric(
                namespace=self._namespace,
                metric_name=chosen.metric,
                dimensions_map=dict(chosen.of),
                statistic=chosen.statistic,
                period=Duration.minutes(1),
            ),
            threshold=chosen.above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=chosen.minutes,
            datapoints_to_alarm=chosen.minutes,
            treat_missing_data=chosen.silence,
        )
        self._tell(alarm)

    def _tell(self, alarm: cloudwatch.Alarm) -> None:
        tell = actions.SnsAction(self.topic)
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)

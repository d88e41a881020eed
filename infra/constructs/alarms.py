"""Alarms: one per service, on for as long as its circuit is not closed, and those of the tasks.

Upkeep publishes each circuit's state every minute. What is missing is ignored, so that an alarm
keeps its state while nobody publishes: an open circuit does not look closed because a sweep failed.
That nobody looks after the circuits, or after the tasks, is an alarm itself. All are told to one
topic. One plain metric each: composite alarms and metric math would not run on the local stack.
"""

from collections.abc import Iterable, Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from breakwater.adapters import metrics
from breakwater.domain.status import Status
from infra.constructs.meter import Meter, Rule, alarm, tell

RUNBOOK = "circuit-breaker-operations.md"
TASKS_RUNBOOK = "stuck-tasks.md"


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
        meter = Meter(namespace)
        alarm(self, _silent(meter, services, f"{runbooks}/{RUNBOOK}"), topic=self.topic)
        for rule in _of_tasks(meter, f"{runbooks}/{TASKS_RUNBOOK}"):
            alarm(self, rule, topic=self.topic)

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
        ringing = cloudwatch.Alarm(
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
        tell(ringing, self.topic)


def _silent(meter: Meter, services: Sequence[str], runbook: str) -> Rule:
    """Return what rings when no circuit's state is published; all of them are, or none is."""
    any_of_them = {metrics.TARGET: services[0]}
    return Rule(
        name="circuits-silent",
        metric=meter.metric(metrics.CIRCUIT_STATE, any_of_them, "Maximum"),
        # No state is above it: silence alone rings.
        above=metrics.MOST_OPEN,
        of=3,
        what="Nobody looks after the circuits: none is probed, and their alarms stay as they are",
        runbook=f"{runbook}#silent",
        silence=cloudwatch.TreatMissingData.BREACHING,
    )


def _of_tasks(meter: Meter, runbook: str) -> Iterable[Rule]:
    """Yield the alarms of the tasks; each name is an anchor in their runbook."""
    yield from _of_the_sweep(meter, runbook)
    unknown = {metrics.STATUS: Status.UNKNOWN.value}
    yield Rule(
        name="tasks-unknown",
        # Counted where it happens, and by nobody while it does not.
        metric=meter.metric(metrics.TASKS_ENDED, unknown, "Sum"),
        above=0,
        of=1,
        what="A task has ended UNKNOWN: somebody must find out whether it took effect",
        runbook=f"{runbook}#unknown",
    )


def _of_the_sweep(meter: Meter, runbook: str) -> Iterable[Rule]:
    """Yield the alarms of what the sweep reports each minute."""
    all_of_it, silence = metrics.EVERYTHING, cloudwatch.TreatMissingData
    yield Rule(
        name="tasks-overdue",
        metric=meter.metric(metrics.TASK_OVERDUE, all_of_it, "Maximum"),
        above=120,
        of=3,
        what="A task was unfinished two minutes past its deadline, or the sweep does not report",
        runbook=f"{runbook}#overdue",
        silence=silence.BREACHING,
    )
    yield Rule(
        name="tasks-repairs",
        metric=meter.metric(metrics.TASK_REPAIRS, all_of_it, "Sum"),
        above=0,
        of=5,
        what="The sweep has had to mend tasks for five minutes on end: something keeps dying",
        runbook=f"{runbook}#repairs",
        silence=silence.IGNORE,
    )
    yield Rule(
        name="tasks-not-started",
        metric=meter.metric(metrics.TASKS_NOT_STARTED, all_of_it, "Maximum"),
        above=0,
        of=1,
        what="Step Functions refuses to start tasks that were accepted",
        runbook=f"{runbook}#not-started",
        silence=silence.IGNORE,
    )
    yield Rule(
        name="tasks-faulty",
        # What cannot be read is never overdue: nobody knows its deadline.
        metric=meter.metric(metrics.TASKS_FAULTY, all_of_it, "Maximum"),
        above=0,
        of=3,
        what="The sweep cannot look at tasks that are due: those may pass their deadlines unseen",
        runbook=f"{runbook}#faulty",
        silence=silence.IGNORE,
    )

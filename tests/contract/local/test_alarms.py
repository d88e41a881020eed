"""A logged metric makes its own alarm ring, and the alarm's topic is told: by the real emulator."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.alarms import AlarmInbox, subscribe
from infra.local.aws import Aws
from infra.local.emulator import running_emulator
from infra.local.metrics import Pump
from infra.local.ports import free_port

GROUP = "functions/upkeep"
SERVICES = ("intune", "jira")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("emulator") / "run"
    with running_emulator(free_port(), folder) as emulator:
        aws = Aws(emulator.endpoint)
        aws.logs.create_log_group(logGroupName=GROUP)
        yield aws


@pytest.fixture(scope="module")
def inbox(aws: Aws) -> AlarmInbox:
    topic = aws.topics.create_topic(Name="alarms")["TopicArn"]
    for service in SERVICES:
        aws.metrics.put_metric_alarm(
            AlarmName=f"circuit-{service}",
            Namespace="Breakwater",
            MetricName="CircuitState",
            Dimensions=[{"Name": "target", "Value": service}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="ignore",
            AlarmActions=[topic],
        )
    return subscribe(aws, topic)


def log(aws: Aws, stream: str, **states: int) -> None:
    now = int(time.time() * 1000)
    heading = {
        "Timestamp": now,
        "CloudWatchMetrics": [
            {
                "Namespace": "Breakwater",
                "Dimensions": [["target"]],
                "Metrics": [{"Name": "CircuitState"}],
            }
        ],
    }
    aws.logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    aws.logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[
            {
                "timestamp": now,
                "message": json.dumps({"_aws": heading, "target": name, "CircuitState": state}),
            }
            for name, state in states.items()
        ],
    )


def states(aws: Aws) -> dict[str, Any]:
    alarms = aws.metrics.describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


def test__metric__rings_its_own_alarm_once__and_the_topic_is_told(
    aws: Aws, inbox: AlarmInbox
) -> None:
    pump = Pump(aws, [GROUP], time.time)
    pump.run()
    assert set(states(aws).values()) == {"INSUFFICIENT_DATA"}

    log(aws, "first", intune=0, jira=2)
    pump.run()
    pump.run()

    assert states(aws) == {"circuit-intune": "OK", "circuit-jira": "ALARM"}
    [message] = inbox.messages()
    assert (message["AlarmName"], message["NewStateValue"]) == ("circuit-jira", "ALARM")

    log(aws, "second", intune=1)
    pump.run()

    assert states(aws) == {"circuit-intune": "ALARM", "circuit-jira": "ALARM"}
    assert [each["AlarmName"] for each in inbox.messages()] == ["circuit-jira", "circuit-intune"]
    statistics = aws.metrics.get_metric_statistics(
        Namespace="Breakwater",
        MetricName="CircuitState",
        Dimensions=[{"Name": "target", "Value": "jira"}],
        StartTime=time.time() - 300,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["SampleCount"],
    )
    assert sum(each["SampleCount"] for each in statistics["Datapoints"]) == 1

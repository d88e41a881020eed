import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakwater.adapters import metrics
from breakwater.resilience.registry import SERVICES
from tests.infra.assemblies import Assembly

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = "docs/runbooks/circuit-breaker-operations.md"
STAGE = ("application", "breakwater")
"""The dimension of what is measured for the stage as a whole."""
TASKS_RUNBOOK = "docs/runbooks/stuck-tasks.md"


def every_alarm(assembly: Assembly) -> list[dict[str, Any]]:
    """Return the alarms of circuits and of tasks; test_operations has the others."""
    found = assembly.of_type("AWS::CloudWatch::Alarm").items()
    return [dict(each["Properties"]) for name, each in found if name.startswith("Alarms")]


def dimension(alarm: dict[str, Any]) -> tuple[str, str]:
    """Return what an alarm watches: its one dimension, and of which value."""
    [only] = alarm["Dimensions"]
    return only["Name"], only["Value"]


def alarms(assembly: Assembly) -> dict[str, dict[str, Any]]:
    """Return the circuits' alarms by the service that they watch."""
    return {
        dimension(alarm)[1]: alarm
        for alarm in every_alarm(assembly)
        if "-circuit-" in alarm["AlarmName"]
    }


def task_alarms(assembly: Assembly) -> dict[str, dict[str, Any]]:
    """Return the tasks' alarms by their metric."""
    return {
        alarm["MetricName"]: alarm
        for alarm in every_alarm(assembly)
        if dimension(alarm)[0] != "target"
    }


def test__alarms__are_one_for_each_service(every: Assembly) -> None:
    assert set(alarms(every)) == set(SERVICES)
    assert len(alarms(every)) == len(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test__alarm__rings_while_the_circuit_is_not_closed(every: Assembly, service: str) -> None:
    alarm = alarms(every)[service]
    expected = {
        "MetricName": "CircuitState",
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        # Nothing published is no news: the alarm stays as it is.
        "TreatMissingData": "ignore",
    }
    assert alarm.items() >= expected.items()
    assert alarm["AlarmName"].endswith(f"-circuit-{service}")


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test__alarm__is_the_stages_own(assembly_of: Callable[[str], Assembly], stage: str) -> None:
    assembly = assembly_of(stage)
    assert {alarm["Namespace"] for alarm in every_alarm(assembly)} == {f"Breakwater/{stage}"}
    for function in assembly.of_type("AWS::Lambda::Function").values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == f"Breakwater/{stage}"


def test__alarm__tells_the_topic_of_its_beginning_and_its_end(every: Assembly) -> None:
    [topic] = every.of_type("AWS::SNS::Topic")
    for alarm in every_alarm(every):
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm.get("ActionsEnabled", True)
    assert every.template["Outputs"]["AlarmTopicArn"]["Value"] == {"Ref": topic}


def test__alarm__names_its_runbook(every: Assembly) -> None:
    for service, alarm in alarms(every).items():
        assert service in alarm["AlarmDescription"]
        assert alarm["AlarmDescription"].endswith(f"Runbook: {RUNBOOK}")


def test__circuits__are_not_looked_after_for_three_minutes__rings(every: Assembly) -> None:
    [alarm] = [one for one in every_alarm(every) if one["AlarmName"].endswith("-circuits-silent")]
    assert dimension(alarm) in {("target", service) for service in SERVICES}
    expected = {
        "MetricName": "CircuitState",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 3,
        # What is published never rings, whatever it is: 2 is an open circuit's.
        "Statistic": "Maximum",
        "Threshold": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
    }
    assert alarm.items() >= expected.items()
    assert alarm["AlarmDescription"].endswith(f"Runbook: {RUNBOOK}#silent")
    assert "\n## Silent\n" in (ROOT / RUNBOOK).read_text()


def test__alarms__are_plain_metrics(every: Assembly) -> None:
    assert not [alarm for alarm in every_alarm(every) if "Metrics" in alarm]


def statements(policy: dict[str, Any], effect: str) -> list[dict[str, Any]]:
    return [each for each in policy["Statement"] if each["Effect"] == effect]


def test__topic__only_alarms_of_this_account_may_publish__and_only_over_tls(
    every: Assembly,
) -> None:
    policy = every.properties("AWS::SNS::TopicPolicy", "Alarms")["PolicyDocument"]
    [allow] = statements(policy, "Allow")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"
    own = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert allow["Condition"] == own
    [deny] = statements(policy, "Deny")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (deny["Action"], deny["Principal"]) == ("sns:Publish", "*")


def test__topic__is_encrypted_with_a_key_that_cloudwatch_may_use(every: Assembly) -> None:
    [(name, key)] = every.of_type("AWS::KMS::Key").items()
    topic = every.properties("AWS::SNS::Topic", "Alarms")
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [name, "Arn"]}
    assert key["Properties"]["EnableKeyRotation"] is True
    granted = statements(key["Properties"]["KeyPolicy"], "Allow")
    [cloudwatch] = [each for each in granted if "Service" in each["Principal"]]
    assert cloudwatch["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert cloudwatch["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert "aws:SourceAccount" in json.dumps(cloudwatch["Condition"])


def test__runbook__that_the_alarms_name__is_there() -> None:
    assert (ROOT / RUNBOOK).is_file()


@pytest.mark.parametrize(
    ("metric", "of", "above", "minutes", "statistic", "silence"),
    [
        # Two minutes past a deadline is what is promised; a sweep that is silent rings too.
        (metrics.TASK_OVERDUE, STAGE, 120, 3, "Maximum", "breaching"),
        (metrics.TASK_REPAIRS, STAGE, 0, 5, "Sum", "ignore"),
        (metrics.TASKS_NOT_STARTED, STAGE, 0, 1, "Maximum", "ignore"),
        # Three sweeps on end: one may be unlucky with its storage.
        (metrics.TASKS_FAULTY, STAGE, 0, 3, "Maximum", "ignore"),
        (metrics.TASKS_ENDED, ("status", "UNKNOWN"), 0, 1, "Sum", "notBreaching"),
    ],
)
def test__task_alarm__rings(
    every: Assembly,
    metric: str,
    of: tuple[str, str],
    above: int,
    minutes: int,
    statistic: str,
    silence: str,
) -> None:
    assert dimension(task_alarms(every)[metric]) == of
    expected = {
        "Statistic": statistic,
        "Period": 60,
        "EvaluationPeriods": minutes,
        "DatapointsToAlarm": minutes,
        "Threshold": above,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": silence,
    }
    assert task_alarms(every)[metric].items() >= expected.items()


def test__task_alarm__names_its_section_of_the_runbook(every: Assembly) -> None:
    text = (ROOT / TASKS_RUNBOOK).read_text()
    found = task_alarms(every)
    assert len(found) == 5
    for alarm in found.values():
        runbook, _, section = alarm["AlarmDescription"].rpartition("Runbook: ")[2].partition("#")
        assert runbook == TASKS_RUNBOOK
        assert alarm["AlarmName"].endswith(f"-tasks-{section}")
        assert f"\n## {section}\n" in text

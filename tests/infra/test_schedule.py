from typing import Any

import pytest

from tests.infra.assemblies import Assembly

MINUTELY = {"Upkeep": "UpkeepCircuits", "Sweep": "UpkeepTasks"}
"""What runs each minute: a rule, and its function."""
RULES = {**MINUTELY, "Hints": "UpkeepHints"}
OUTPUTS = {
    "UpkeepFunction": "UpkeepCircuits",
    "SweepFunction": "UpkeepTasks",
    "HintFunction": "UpkeepHints",
}

each_minutely = pytest.mark.parametrize(("name", "function"), MINUTELY.items())
each_rule = pytest.mark.parametrize(("name", "function"), RULES.items())


def rule(assembly: Assembly, name: str) -> dict[str, Any]:
    return assembly.properties("AWS::Events::Rule", f"{name}Rule")


def test__rules__are_all_known(every: Assembly) -> None:
    assert len(every.of_type("AWS::Events::Rule")) == len(RULES)


@each_minutely
def test__upkeep__runs_each_minute(every: Assembly, name: str, function: str) -> None:
    properties = rule(every, name)
    assert properties["ScheduleExpression"] == "rate(1 minute)"
    assert properties["State"] == "ENABLED"


@each_rule
def test__rule__invokes_its_function_alone(every: Assembly, name: str, function: str) -> None:
    [target] = rule(every, name)["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0].startswith(f"{function}Function")


@each_minutely
def test__upkeep__a_missed_minute_is_not_made_up_for(
    every: Assembly, name: str, function: str
) -> None:
    [target] = rule(every, name)["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1}
    config = every.properties("AWS::Lambda::EventInvokeConfig", function)
    assert (config["MaximumEventAgeInSeconds"], config["MaximumRetryAttempts"]) == (60, 0)


@each_minutely
def test__upkeep__ends_before_the_next_minute_begins(
    every: Assembly, name: str, function: str
) -> None:
    assert every.function(function)["Timeout"] < 60


@each_rule
def test__upkeep__only_its_rule_may_invoke_it(dev: Assembly, name: str, function: str) -> None:
    [logical_id] = [each for each in dev.of_type("AWS::Events::Rule") if each.startswith(name)]
    [permission] = [
        each["Properties"]
        for each in dev.of_type("AWS::Lambda::Permission").values()
        if function in str(each["Properties"]["FunctionName"])
    ]
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": [logical_id, "Arn"]}


@pytest.mark.parametrize(("output", "function"), OUTPUTS.items())
def test__upkeep__is_named_in_the_outputs(every: Assembly, output: str, function: str) -> None:
    [name] = [each for each in every.of_type("AWS::Lambda::Function") if function in each]
    assert every.template["Outputs"][output]["Value"] == {"Ref": name}


def test__hints__are_of_our_machines_executions_that_did_not_succeed(every: Assembly) -> None:
    pattern = rule(every, "Hints")["EventPattern"]
    machines = every.of_type("AWS::StepFunctions::StateMachine")
    # Aftercare's are no task's: the record's own due time brings it again.
    machines = {name: each for name, each in machines.items() if "Aftercare" not in name}
    told = {str(arn) for arn in pattern["detail"].pop("stateMachineArn")}
    assert told == {str({"Ref": name}) for name in machines}
    assert pattern == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }


def test__hints__are_not_tried_for_long(every: Assembly) -> None:
    [target] = rule(every, "Hints")["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 1}
    config = every.properties("AWS::Lambda::EventInvokeConfig", "UpkeepHints")
    assert (config["MaximumEventAgeInSeconds"], config["MaximumRetryAttempts"]) == (300, 0)

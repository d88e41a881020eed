from typing import Any

from tests.infra.assemblies import Assembly


def rule(assembly: Assembly) -> dict[str, Any]:
    return assembly.properties("AWS::Events::Rule", "Upkeep")


def test__upkeep__runs_each_minute(every: Assembly) -> None:
    properties = rule(every)
    assert properties["ScheduleExpression"] == "rate(1 minute)"
    assert properties["State"] == "ENABLED"
    [target] = properties["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0].startswith("UpkeepSweepFunction")


def test__upkeep__a_missed_minute_is_not_made_up_for(every: Assembly) -> None:
    [target] = rule(every)["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1}
    config = every.properties("AWS::Lambda::EventInvokeConfig", "UpkeepSweep")
    assert (config["MaximumEventAgeInSeconds"], config["MaximumRetryAttempts"]) == (60, 0)


def test__upkeep__ends_before_the_next_minute_begins(every: Assembly) -> None:
    assert every.function("UpkeepSweep")["Timeout"] < 60


def test__upkeep__only_its_rule_may_invoke_it(dev: Assembly) -> None:
    [name] = dev.of_type("AWS::Events::Rule")
    [permission] = [
        each["Properties"]
        for each in dev.of_type("AWS::Lambda::Permission").values()
        if "UpkeepSweep" in str(each["Properties"]["FunctionName"])
    ]
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": [name, "Arn"]}


def test__upkeep__is_named_in_the_outputs(every: Assembly) -> None:
    [function] = [name for name in every.of_type("AWS::Lambda::Function") if "Upkeep" in name]
    assert every.template["Outputs"]["UpkeepFunction"]["Value"] == {"Ref": function}

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.stage import Stage, StageError
from tests.infra.assemblies import CONTEXT, Assembly

# Everything that the template of stage `local` has otherwise than the one of `staging`, which has
# nothing but defaults. What is not here is the same thing that AWS runs.
LOCAL_DIFFERS = {
    "AWS::Lambda::Function Environment Variables BREAKERS",
    "AWS::Lambda::Function Environment Variables LOG_LEVEL",
    "AWS::Lambda::Function Environment Variables RETENTION_DAYS",
    "AWS::Lambda::Function Environment Variables MAX_UNFINISHED",
    "AWS::Lambda::Function Environment Variables MIN_DEADLINE_SECONDS",
    "AWS::Lambda::Function Environment Variables POLL_INTERVAL_SECONDS",
    "AWS::Lambda::Function Environment Variables BACKOFF_MIN_SECONDS",
    "AWS::Lambda::Function Environment Variables BACKOFF_MAX_SECONDS",
    "AWS::Lambda::LayerVersion Content S3Key",
    "AWS::Logs::LogGroup RetentionInDays",
    "AWS::StepFunctions::StateMachine DefinitionString",
}


# What the emulator cannot take at all: a stack fails on types that it does not know.
LOCAL_OMITS = {
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Logs::QueryDefinition",
    # Known to it, but of no use without the two others.
    "AWS::Lambda::Version",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
}


# What follows from there being no versions: who is invoked, allowed to be, and started.
BY_VERSION = {
    ("AWS::StepFunctions::StateMachine", "DefinitionSubstitutions"),
    ("AWS::IAM::Policy", "PolicyDocument"),
    ("AWS::Lambda::Function", "Environment Variables MACHINES"),
    ("AWS::Lambda::Function", "Environment Variables AFTERCARE_MACHINE"),
}


def by_version(name: str, type_: str, path: str) -> bool:
    """Whether a difference of a resource is one of those; of policies, the machines' alone."""
    return any(
        type_ == of and path.startswith(at) and (of != "AWS::IAM::Policy" or "MachineRole" in name)
        for of, at in BY_VERSION
    )


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, str(number)))
    else:
        yield path, str(value)


def test__local__differs_from_aws_in_a_known_list(
    assembly_of: Callable[[str], Assembly],
) -> None:
    aws, local = assembly_of("staging").template, assembly_of("local").template
    omitted = aws["Resources"].keys() - local["Resources"].keys()
    assert {aws["Resources"][name]["Type"] for name in omitted} == LOCAL_OMITS
    assert not local["Resources"].keys() - aws["Resources"].keys()
    assert aws["Outputs"].keys() == local["Outputs"].keys()
    differing = set()
    for name in local["Resources"]:
        resource = aws["Resources"][name]
        there = dict(leaves(resource))
        # The stage's name, in names and tags, is the one difference that every stage has.
        here = {
            path: re.sub(r"^local$|(?<=[Bb]reakwater[-/])local", "staging", text)
            for path, text in leaves(local["Resources"][name])
        }
        for path in there.keys() | here.keys():
            if path[0] != "Properties" or there.get(path) == here.get(path):
                continue
            if not by_version(name, resource["Type"], " ".join(path[1:])):
                differing.add(f"{resource['Type']} {' '.join(path[1:])}")
    assert differing == LOCAL_DIFFERS


def test__outputs__are_what_operators_and_the_local_stack_read(every: Assembly) -> None:
    assert every.template["Outputs"].keys() == {
        "ApiUrl",
        "ApiId",
        "UserPoolId",
        "UserPoolClientId",
        "ExecutionsTable",
        "EventsTable",
        "LeasesTable",
        "CircuitsTable",
        "RecordsTable",
        "ConversationsTable",
        "IntentsTable",
        "UpkeepFunction",
        "SweepFunction",
        "HintFunction",
        "AlarmTopicArn",
        "DeploymentMachineArn",
        "SyncMachineArn",
        "ChatMachineArn",
        "RiskMachineArn",
        "ReplayMachineArn",
        "ConnectorsPath",
    }


def test__resources__are_plain__no_custom_resource_runs_code_at_deployment(
    every: Assembly,
) -> None:
    types = {resource["Type"] for resource in every.template["Resources"].values()}
    assert not [type_ for type_ in types if type_.startswith(("Custom::", "AWS::CloudFormation"))]


def test__tags__name_application_and_stage(assembly_of: Callable[[str], Assembly]) -> None:
    for stage in ("dev", "local"):
        [pool] = assembly_of(stage).of_type("AWS::Cognito::UserPool").values()
        tags = pool["Properties"]["UserPoolTags"]
        assert tags == {"application": "breakwater", "stage": stage}


@pytest.mark.parametrize("name", CONTEXT["stages"])
def test__stage__is_readable_and_consistent(name: str) -> None:
    stage = Stage.read(name, CONTEXT)
    assert stage.min_deadline_seconds <= stage.default_deadline_seconds
    assert stage.default_deadline_seconds <= stage.max_deadline_seconds
    assert stage.backoff_min_seconds <= stage.backoff_max_seconds
    assert "intune" in stage.services


def test__stage__overrides_one_service_and_keeps_the_others() -> None:
    context = {
        "stages": {"mine": {"services": {"b": {"url": "mine"}}}},
        "services": {"a": {"url": "a"}, "b": {"url": "b"}},
    }
    assert Stage.read("mine", context).services == {"a": {"url": "a"}, "b": {"url": "mine"}}


def test__stage__overrides_one_field_of_a_breaker_and_keeps_the_others() -> None:
    context = {
        "stages": {"mine": {"breakers": {"jamf": {"window": 2}, "jira": {"fail_max": 3}}}},
        "services": {},
        "breakers": {"default": {"window": 1}, "jamf": {"bulkhead": 5, "window": 1}},
    }
    assert Stage.read("mine", context).breakers == {
        "default": {"window": 1},
        "jamf": {"bulkhead": 5, "window": 2},
        "jira": {"fail_max": 3},
    }


@pytest.mark.parametrize(
    ("choices", "complaint"),
    [
        ({"retry_secnods": 1}, "stage mine: unknown retry_secnods"),
        ({"jwt_issuer": "https://login.example/"}, "both jwt_issuer and jwt_audience"),
        ({"retry_interval_seconds": 1}, "both retry intervals"),
        ({"breakers": {"jmaf": {"bulkhead": 5}}}, "stage mine: BREAKERS: unknown service jmaf"),
        ({"breakers": {"jamf": {"bulkheads": 5}}}, "jamf.bulkheads is unknown"),
        ({"breakers": {"default": {"fail_max": 0}}}, "fail_max must be a whole number from 1"),
        ({"breakers": {"default": {"reset_timeout": 301}}}, "longer than max_open: servicenow, j"),
    ],
)
def test__stage__that_is_wrong__is_refused_with_a_reason(
    choices: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StageError, match=complaint):
        Stage.read("mine", {"stages": {"mine": choices}, "services": {}})


@pytest.mark.parametrize(("said", "minutes"), [(None, 10), ("", 10), ("0", 0), (0, 0), ("30", 30)])
def test__rollout__of_one_deployment__goes_before_the_stages(said: object, minutes: int) -> None:
    assert Stage.read("prod", {**CONTEXT, "rollout": said}).rollout == minutes
    assert Stage.read("local", {**CONTEXT, "rollout": said}).rollout is None


@pytest.mark.parametrize("said", ["no", "-1", "0.5", "0m"])
def test__rollout__that_is_no_number_of_minutes__is_refused(said: str) -> None:
    with pytest.raises(StageError, match=f"ROLLOUT={said}: say how many minutes"):
        Stage.read("prod", {**CONTEXT, "rollout": said})


def test__stage__that_is_not_there__is_refused_with_those_that_are() -> None:
    with pytest.raises(StageError, match="no stage 'prd' in the context; it has dev, staging"):
        Stage.read("prd", CONTEXT)

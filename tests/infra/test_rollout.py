"""What executions in flight keep, and how new ones come to a new version."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.stage import Stage
from tests.infra.assemblies import CONTEXT, Assembly

Assemblies = Callable[[str], Assembly]
VERSION, ALIAS = "AWS::StepFunctions::StateMachineVersion", "AWS::StepFunctions::StateMachineAlias"
VERSIONED = pytest.mark.parametrize("stage", ["dev", "staging", "prod"])


def aliases(assembly: Assembly) -> dict[str, Any]:
    """Return the properties of each alias by its logical id."""
    return {name: each["Properties"] for name, each in assembly.of_type(ALIAS).items()}


@VERSIONED
def test__each_machine__has_a_version_of_its_revision_and_an_alias_on_it(
    assembly_of: Assemblies, stage: str
) -> None:
    assembly = assembly_of(stage)
    machines = assembly.of_type("AWS::StepFunctions::StateMachine")
    versions = assembly.of_type(VERSION)
    assert len(machines) == len(versions) == len(aliases(assembly)) > 1
    for version in versions.values():
        revision = version["Properties"]["StateMachineRevisionId"]["Fn::GetAtt"]
        assert revision[0] in machines
        assert revision[1] == "StateMachineRevisionId"
    for alias in aliases(assembly).values():
        points = alias["DeploymentPreference"]["StateMachineVersionArn"]["Fn::GetAtt"][0]
        assert points in versions
        assert alias["Name"] == "live"


@VERSIONED
@pytest.mark.parametrize("type_", [VERSION, "AWS::Lambda::Version"])
def test__older_versions__stay_for_what_began_with_them(
    assembly_of: Assemblies, stage: str, type_: str
) -> None:
    found = assembly_of(stage).of_type(type_).values()
    assert found
    for version in found:
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


@VERSIONED
@pytest.mark.parametrize("function", ["UpkeepTasksFunction", "UpkeepHintsFunction"])
def test__upkeep__starts_what_the_api_starts(
    assembly_of: Assemblies, stage: str, function: str
) -> None:
    names = ("MACHINES", "AFTERCARE_MACHINE")
    api, upkeep = (
        assembly_of(stage).function(name)["Environment"]["Variables"]
        for name in ("ApiFunction", function)
    )
    assert [upkeep[name] for name in names] == [api[name] for name in names]


@VERSIONED
def test__api__starts_on_the_aliases_and_may_start_no_other_machine(
    assembly_of: Assemblies, stage: str
) -> None:
    assembly = assembly_of(stage)
    variables = json.dumps(assembly.function("ApiFunction")["Environment"]["Variables"])
    for name in aliases(assembly):
        assert f'"{name}", "Arn"' in variables


def test__prod__tries_a_tenth_for_ten_minutes_and_goes_back_when_tasks_fail(
    assembly_of: Assemblies,
) -> None:
    prod = assembly_of("prod")
    names = {
        each["Properties"]["AlarmName"] for each in prod.of_type("AWS::CloudWatch::Alarm").values()
    }
    for alias in aliases(prod).values():
        preference = alias["DeploymentPreference"]
        assert (preference["Type"], preference["Percentage"], preference["Interval"]) == (
            "CANARY",
            10,
            10,
        )
        assert set(preference["Alarms"]) <= names
        assert preference["Alarms"] == ["breakwater-prod-slo-tasks-fast-short"]


@pytest.mark.parametrize("stage", ["dev", "staging"])
def test__before_prod__all_move_at_once(assembly_of: Assemblies, stage: str) -> None:
    for alias in aliases(assembly_of(stage)).values():
        assert alias["DeploymentPreference"]["Type"] == "ALL_AT_ONCE"


@pytest.mark.parametrize("stage", ["local", "chaos"])
def test__emulated__has_no_versions(stage: str) -> None:
    assert Stage.read(stage, CONTEXT).rollout is None

"""What executions in flight keep, and how new ones come to a new version."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakwater.adapters import metrics
from breakwater.domain.tasks import Kind
from infra.stage import Stage
from tests.infra.assemblies import CONTEXT, Assembly, synthesize

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


def test__prod__tries_a_tenth_for_ten_minutes(assembly_of: Assemblies) -> None:
    for alias in aliases(assembly_of("prod")).values():
        preference = alias["DeploymentPreference"]
        assert (preference["Type"], preference["Percentage"], preference["Interval"]) == (
            "CANARY",
            10,
            10,
        )


def rings(assembly: Assembly, workflow: str) -> dict[str, Any]:
    """Return the one alarm by which a trial of a workflow is given up."""
    [preference] = [
        each["DeploymentPreference"]
        for name, each in aliases(assembly).items()
        if name.startswith(f"{workflow}Rollout")
    ]
    [alarm] = preference["Alarms"]
    found: dict[str, Any] = assembly.of_type("AWS::CloudWatch::Alarm")[alarm["Ref"]]["Properties"]
    return found


@pytest.mark.parametrize("kind", Kind)
def test__prod__goes_back_when_tasks_of_the_kind_fail(assembly_of: Assemblies, kind: Kind) -> None:
    alarm = rings(assembly_of("prod"), kind.value.split("_")[0].capitalize())
    assert (alarm["MetricName"], alarm["Statistic"]) == ("TaskFaults", "Average")
    assert alarm["Dimensions"] == [{"Name": "kind", "Value": kind.value}]
    # All of a tenth fails: that must ring, and within the trial.
    assert alarm["Threshold"] < 0.1
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 10 * 60
    assert alarm["TreatMissingData"] == "notBreaching"


def test__prod__goes_back_when_aftercare_fails(assembly_of: Assemblies) -> None:
    alarm = rings(assembly_of("prod"), "Aftercare")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ExecutionsFailed", 0)


@pytest.mark.parametrize("stage", ["dev", "staging"])
def test__before_prod__all_move_at_once(assembly_of: Assemblies, stage: str) -> None:
    for alias in aliases(assembly_of(stage)).values():
        assert alias["DeploymentPreference"]["Type"] == "ALL_AT_ONCE"


def test__prod__rollout_0__moves_all_at_once__hears_no_alarm__and_is_the_same_otherwise(
    assembly_of: Assemblies, root: Path, tmp_path: Path
) -> None:
    tried = assembly_of("prod").template["Resources"]
    at_once = synthesize("prod", root=root, outdir=tmp_path, rollout="0")
    for alias in aliases(at_once).values():
        assert alias["DeploymentPreference"].keys() == {"Type", "StateMachineVersionArn"}
        assert alias["DeploymentPreference"]["Type"] == "ALL_AT_ONCE"
    now = at_once.template["Resources"]
    gone = tried.keys() - now.keys()
    assert len(gone) == len(aliases(at_once))
    assert {tried[name]["Properties"]["MetricName"] for name in gone} == {
        metrics.TASK_FAULTS,
        "ExecutionsFailed",
    }
    assert {name for name in now if now[name] != tried.get(name)} == aliases(at_once).keys()


@pytest.mark.parametrize("stage", ["local", "chaos"])
def test__emulated__has_no_versions(stage: str) -> None:
    assert Stage.read(stage, CONTEXT).rollout is None


def test__same_commit_again__every_step_has_a_version_of_its_own(
    assembly_of: Assemblies, root: Path, tmp_path: Path
) -> None:
    once = assembly_of("prod")
    again = synthesize("prod", root=root, outdir=tmp_path, attempt="2")
    published = "AWS::Lambda::Version"
    assert len(again.of_type(published)) == len(once.of_type(published)) > 1
    assert not set(again.of_type(published)) & set(once.of_type(published))

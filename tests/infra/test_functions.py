import json
from pathlib import Path
from typing import Any

from tests.infra.assemblies import Assembly

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
MAX_HANDLER_LINES = 60


def functions(assembly: Assembly) -> list[dict[str, Any]]:
    return [
        resource["Properties"] for resource in assembly.of_type("AWS::Lambda::Function").values()
    ]


def test__functions__are_one_for_each_handler(dev: Assembly) -> None:
    handlers = list(FUNCTIONS.rglob("handler.py"))
    assert len(handlers) == len(functions(dev)) > 0


def test__handlers__are_short() -> None:
    long = {
        str(path): lines
        for path in FUNCTIONS.rglob("handler.py")
        if (lines := len(path.read_text().splitlines())) > MAX_HANDLER_LINES
    }
    assert long == {}


def test__functions__run_on_the_runtime_that_the_layers_are_built_for(every: Assembly) -> None:
    layers = [{"Ref": name} for name in every.of_type("AWS::Lambda::LayerVersion")]
    assert len(layers) == 2
    for function in functions(every):
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["Handler"] == "handler.handler"
        assert function["Layers"] == layers
    for layer in every.of_type("AWS::Lambda::LayerVersion").values():
        assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
        assert layer["Properties"]["CompatibleArchitectures"] == ["arm64"]


def test__functions__are_traced_and_log_to_a_group_of_their_own(every: Assembly) -> None:
    groups = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions(every)]
    assert len(set(groups)) == len(groups)
    assert set(groups) <= every.of_type("AWS::Logs::LogGroup").keys()
    assert {function["TracingConfig"]["Mode"] for function in functions(every)} == {"Active"}


def test__log_groups__forget(every: Assembly) -> None:
    for group in every.of_type("AWS::Logs::LogGroup").values():
        assert group["Properties"]["RetentionInDays"] in {1, 7, 30, 90}
        assert group["DeletionPolicy"] == "Delete"


def test__names__are_generated(every: Assembly) -> None:
    named = {
        "AWS::Lambda::Function": "FunctionName",
        "AWS::IAM::Role": "RoleName",
        "AWS::StepFunctions::StateMachine": "StateMachineName",
    }
    for type_, name in named.items():
        for resource in every.of_type(type_).values():
            assert name not in resource["Properties"]


def test__log_groups__named_where_the_account_has_a_policy_for_the_prefix(every: Assembly) -> None:
    groups = every.of_type("AWS::Logs::LogGroup")
    named = {
        id_: group["Properties"]["LogGroupName"]
        for id_, group in groups.items()
        if "LogGroupName" in group["Properties"]
    }
    written = json.dumps(
        [
            every.of_type("AWS::StepFunctions::StateMachine"),
            every.of_type("AWS::ApiGatewayV2::Stage"),
        ]
    )
    assert named.keys() == {id_ for id_ in groups if f'"{id_}"' in written}
    assert len(set(named.values())) == len(named) == 7
    assert all(name.startswith("/aws/vendedlogs/breakwater-") for name in named.values())

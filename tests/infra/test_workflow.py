import json
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters.http.client import MAX_TIMEOUT
from infra.constructs.workflows import shorten_retries
from infra.stage import Stage
from tests.infra.assemblies import Assembly
from tests.infra.test_flow import DEPLOYMENT


def machine(assembly: Assembly) -> dict[str, Any]:
    return assembly.properties("AWS::StepFunctions::StateMachine", "Deployment")


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test__definition__is_the_file_as_it_stands(
    assembly_of: Callable[[str], Assembly], stage: str
) -> None:
    assert machine(assembly_of(stage))["DefinitionString"] == DEPLOYMENT.read_text()


def test__definition__has_short_retries_locally(assembly_of: Callable[[str], Assembly]) -> None:
    expected = shorten_retries(DEPLOYMENT.read_text(), 2, 4)
    assert machine(assembly_of("local"))["DefinitionString"] == expected


def test__substitutions__name_the_partition_and_the_functions(every: Assembly) -> None:
    substitutions = machine(every)["DefinitionSubstitutions"]
    assert substitutions.pop("Partition") == {"Ref": "AWS::Partition"}
    targets = {name: value["Fn::GetAtt"][0] for name, value in substitutions.items()}
    assert targets.keys() == {"SubmitFunction", "PollFunction", "SettleFunction"}
    for name, target in targets.items():
        assert target.startswith(f"Deployment{name}")


def test__machine__is_standard_traced_and_logs_errors_without_payloads(every: Assembly) -> None:
    properties = machine(every)
    assert properties["StateMachineType"] == "STANDARD"
    assert properties["TracingConfiguration"] == {"Enabled": True}
    logging = properties["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)
    assert len(logging["Destinations"]) == 1


@pytest.mark.parametrize("state", ["Submit", "Poll"])
def test__timeouts__nest_from_an_http_attempt_to_the_machine(dev: Assembly, state: str) -> None:
    flow = json.loads(DEPLOYMENT.read_text())
    function = dev.function(f"Deployment{state}")
    nested = [
        MAX_TIMEOUT,
        float(function["Environment"]["Variables"]["SOFT_LIMIT_SECONDS"]),
        function["Timeout"],
        flow["States"][state]["TimeoutSeconds"],
        flow["TimeoutSeconds"],
    ]
    assert nested == sorted(set(nested))


def test__timeouts__settle_and_api_end_before_who_waits_for_them(dev: Assembly) -> None:
    flow = json.loads(DEPLOYMENT.read_text())
    assert dev.function("DeploymentSettle")["Timeout"] < flow["States"]["Settle"]["TimeoutSeconds"]
    gateway_seconds = 29
    assert dev.function("Api")["Timeout"] < gateway_seconds


def test__machine__outlives_every_deadline() -> None:
    flow = json.loads(DEPLOYMENT.read_text())
    assert flow["TimeoutSeconds"] >= Stage(name="any", services={}).max_deadline_seconds

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakwater.adapters.bedrock import TIMEOUTS, TOTAL_SECONDS
from breakwater.adapters.http.client import MAX_TIMEOUT
from breakwater.domain.aftercare import GIVE_UP, LOOK_AGAIN_AFTER
from breakwater.ports import Streaming
from breakwater.services.steps import WRITING_SECONDS
from breakwater.wiring.risk import SCORE_SECONDS
from infra.constructs.workflows import shorten_retries
from infra.stage import Stage
from tests.infra.assemblies import Assembly
from tests.infra.flows import FLOWS, definition, each_flow

FUNCTIONS = {
    "deployment": {
        "SubmitFunction": "DeploymentSubmitFunction",
        "PollFunction": "DeploymentPollFunction",
        "DocumentFunction": "DeploymentDocumentFunction",
        "SettleFunction": "SettleFunction",
    },
    "aftercare": {
        "WithdrawFunction": "AftercareWithdrawFunction",
        "DocumentFunction": "DeploymentDocumentFunction",
    },
    "replay": {"BatchFunction": "ReplayBatchFunction", "SettleFunction": "SettleFunction"},
    "sync": {"PullFunction": "SyncPullFunction", "SettleFunction": "SettleFunction"},
    "chat": {"CompleteFunction": "ChatCompleteFunction", "SettleFunction": "SettleFunction"},
    "risk": {"ScoreFunction": "RiskScoreFunction", "SettleFunction": "SettleFunction"},
}
STEPS = [
    ("deployment", "Submit"),
    ("deployment", "Poll"),
    ("deployment", "Document"),
    ("aftercare", "Withdraw"),
    ("aftercare", "Document"),
    ("replay", "Batch"),
    ("sync", "Pull"),
    ("chat", "Complete"),
]

KINDS = sorted(FUNCTIONS.keys() - {"aftercare"})
"""The workflows that run tasks, and therefore end them."""


def machine(assembly: Assembly, flow: Path) -> dict[str, Any]:
    kind = flow.parent.name.capitalize()
    return assembly.properties("AWS::StepFunctions::StateMachine", f"{kind}Machine")


def test__machines__are_one_for_each_flow(every: Assembly) -> None:
    assert {flow.parent.name for flow in FLOWS} == FUNCTIONS.keys()
    assert len(every.of_type("AWS::StepFunctions::StateMachine")) == len(FLOWS)


@each_flow
@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test__definition__is_the_file_as_it_stands(
    assembly_of: Callable[[str], Assembly], stage: str, flow: Path
) -> None:
    assert machine(assembly_of(stage), flow)["DefinitionString"] == flow.read_text()


@each_flow
def test__definition__has_short_retries_locally(
    assembly_of: Callable[[str], Assembly], flow: Path
) -> None:
    expected = shorten_retries(flow.read_text(), 2, 4)
    assert machine(assembly_of("local"), flow)["DefinitionString"] == expected


@each_flow
def test__substitutions__name_the_partition_and_the_functions(every: Assembly, flow: Path) -> None:
    substitutions = machine(every, flow)["DefinitionSubstitutions"]
    assert substitutions.pop("Partition") == {"Ref": "AWS::Partition"}
    versions = every.of_type("AWS::Lambda::Version")
    targets = {
        name: value["Fn::GetAtt"][0]
        if "Fn::GetAtt" in value
        else versions[value["Ref"]]["Properties"]["FunctionName"]["Ref"]
        for name, value in substitutions.items()
    }
    expected = FUNCTIONS[flow.parent.name]
    assert targets.keys() == expected.keys()
    for name, target in targets.items():
        assert target.startswith(expected[name])


@each_flow
def test__machine__is_standard_traced_and_logs_errors_without_payloads(
    every: Assembly, flow: Path
) -> None:
    properties = machine(every, flow)
    assert properties["StateMachineType"] == "STANDARD"
    assert properties["TracingConfiguration"] == {"Enabled": True}
    logging = properties["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)
    assert len(logging["Destinations"]) == 1


@pytest.mark.parametrize(("kind", "state"), STEPS)
def test__timeouts__nest_from_an_http_attempt_to_the_machine(
    dev: Assembly, kind: str, state: str
) -> None:
    flow = definition(kind)
    function = dev.function(FUNCTIONS[kind][f"{state}Function"])
    nested = [
        MAX_TIMEOUT,
        float(function["Environment"]["Variables"]["SOFT_LIMIT_SECONDS"]),
        function["Timeout"],
        flow["States"][state]["TimeoutSeconds"],
        flow["TimeoutSeconds"],
    ]
    assert nested == sorted(set(nested))


def test__timeouts__a_score_ends_before_its_function_and_that_before_its_state(
    dev: Assembly,
) -> None:
    flow = definition("risk")
    nested = [
        SCORE_SECONDS + WRITING_SECONDS,
        dev.function("RiskScore")["Timeout"],
        flow["States"]["Score"]["TimeoutSeconds"],
        flow["TimeoutSeconds"],
    ]
    assert nested == sorted(nested)


def test__timeouts__a_providers_answer_fits_into_a_step(dev: Assembly) -> None:
    soft_limit = dev.function("ChatComplete")["Environment"]["Variables"]["SOFT_LIMIT_SECONDS"]
    streamed = Streaming(is_whole=lambda _: False, max_bytes=1)
    assert (streamed.between_bytes, streamed.total) == (TIMEOUTS.read, TOTAL_SECONDS) == (30, 120)
    assert TOTAL_SECONDS + TIMEOUTS.connect < float(soft_limit)


@pytest.mark.parametrize("kind", KINDS)
def test__timeouts__settle_ends_before_who_waits_for_it(dev: Assembly, kind: str) -> None:
    settle = definition(kind)["States"]["Settle"]
    assert dev.function("SettleFunction")["Timeout"] < settle["TimeoutSeconds"]


def test__timeouts__api_ends_before_the_gateway(dev: Assembly) -> None:
    gateway_seconds = 29
    assert dev.function("Api")["Timeout"] < gateway_seconds


@pytest.mark.parametrize("kind", KINDS)
def test__machine__outlives_every_deadline(kind: str) -> None:
    stage = Stage(name="any", services={})
    assert definition(kind)["TimeoutSeconds"] >= stage.max_deadline_seconds


def test__aftercare__outlives_both_that_it_may_try_for_an_hour__and_is_begun_again_after() -> None:
    seconds = definition("aftercare")["TimeoutSeconds"]
    assert seconds > 2 * GIVE_UP.total_seconds()
    assert LOOK_AGAIN_AFTER > 2 * GIVE_UP

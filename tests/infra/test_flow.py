import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from breakwater.domain import errors
from infra.constructs.workflows import TRANSIENT, shorten_retries
from tests.infra.flows import each_flow, load

# What Lambda and Step Functions raise themselves. Lambda.Unknown, Sandbox.Timedout,
# Runtime.ExitError and Runtime.OutOfMemory stand for a function that was stopped or died.
KILLED = {"Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout"}
RAISED_BY_AWS = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "States.ALL",
    "States.Timeout",
    *KILLED,
}

RETRIES = {"chat": (60, 2), "risk": (30, 2)}
"""From how many seconds, and how often, where a flow differs from the others' (60, 3)."""

pytestmark = each_flow


def tasks(flow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in flow["States"].items() if state["Type"] == "Task"}


def rules(flow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in flow["States"].values():
        yield from state.get("Retry", [])
        yield from state.get("Catch", [])


def test__error_names__exist_in_the_code_or_are_aws_own(flow: Path) -> None:
    names = {name for rule in rules(load(flow)) for name in rule["ErrorEquals"]}
    ours = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.BreakwaterError)
    }
    assert names - RAISED_BY_AWS - ours == set()


def test__tasks__have_timeouts_within_the_machines(flow: Path) -> None:
    machine = load(flow)
    for task in tasks(machine).values():
        assert 0 < task["TimeoutSeconds"] < machine["TimeoutSeconds"]


def test__tasks__invoke_functions_by_substitution(flow: Path) -> None:
    for task in tasks(load(flow)).values():
        assert task["Resource"] == "arn:${Partition}:states:::lambda:invoke"
        assert task["Parameters"]["FunctionName"].startswith("${")


def test__transient_errors__are_retried_as_specified(flow: Path) -> None:
    retriers = [rule for rule in rules(load(flow)) if TRANSIENT in rule["ErrorEquals"]]
    assert retriers
    expected = RETRIES.get(flow.parent.name, (60, 3))
    for retrier in retriers:
        assert (retrier["IntervalSeconds"], retrier["MaxAttempts"]) == expected
        assert retrier["BackoffRate"] == 2.0
        assert (retrier["MaxDelaySeconds"], retrier["JitterStrategy"]) == (300, "FULL")


def test__killed__is_tried_again_in_every_state(flow: Path) -> None:
    for name, task in tasks(load(flow)).items():
        retried = {error for rule in task["Retry"] for error in rule["ErrorEquals"]}
        assert "States.ALL" in retried or retried >= KILLED, name


def test__throttled__costs_nothing_and_is_waited_for(flow: Path) -> None:
    for name, task in tasks(load(flow)).items():
        if name != "Settle":
            (retrier,) = [
                rule
                for rule in task["Retry"]
                if "Lambda.TooManyRequestsException" in rule["ErrorEquals"]
            ]
            assert retrier["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
            assert (retrier["MaxAttempts"], retrier["MaxDelaySeconds"]) == (200, 60)
            assert retrier["JitterStrategy"] == "FULL"


def test__shorten_retries__changes_only_the_retriers_of_what_may_pass(flow: Path) -> None:
    before, after = load(flow), json.loads(shorten_retries(flow.read_text(), 2, 4))
    for old, new in zip(rules(before), rules(after), strict=True):
        if TRANSIENT in old["ErrorEquals"] and "IntervalSeconds" in old:
            assert (new.pop("IntervalSeconds"), new.pop("MaxDelaySeconds")) == (2, 4)
            del old["IntervalSeconds"], old["MaxDelaySeconds"]
    assert before == after

"""Each limit ends before the one around it, for whatever workflows the template has.

HTTP attempt < a step's own soft limit < Lambda < the flow's task < the machine; and the machine
outlives every deadline that may be asked for, so that it is always the record's that comes first.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from breakwater.adapters.http.client import MAX_TIMEOUT
from breakwater.domain.attempts import HARD_LIMIT
from breakwater.services.settle import SETTLE_LIMIT
from breakwater.services.steps import WRITING_SECONDS
from infra.constructs.functions import STEP
from infra.stage import Stage
from tests.infra.assemblies import CONTEXT, Assembly

ON_AWS = ["dev", "staging", "prod"]
SOFT_SECONDS, HARD_SECONDS = 300, 360
"""As specified."""


@dataclass(frozen=True)
class Step:
    """A state that invokes a function, and all that bounds it."""

    machine: str
    name: str
    state: dict[str, Any]
    function: dict[str, Any]
    flow: dict[str, Any]

    @property
    def soft_limit(self) -> float | None:
        """When it stops itself, if it calls anybody."""
        told = self.function["Environment"]["Variables"].get("SOFT_LIMIT_SECONDS")
        return None if told is None else float(told)


def steps(assembly: Assembly) -> Iterator[Step]:
    functions = assembly.of_type("AWS::Lambda::Function")
    for name, machine in assembly.of_type("AWS::StepFunctions::StateMachine").items():
        properties = machine["Properties"]
        flow = json.loads(properties["DefinitionString"])
        for state_name, state in flow["States"].items():
            if state["Type"] != "Task":
                continue
            variable = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("}")
            function = invoked(assembly, properties["DefinitionSubstitutions"][variable])
            yield Step(name, state_name, state, functions[function]["Properties"], flow)


def invoked(assembly: Assembly, reference: dict[str, Any]) -> str:
    """Return the logical id of the function that a flow invokes, itself or by a version."""
    if "Fn::GetAtt" in reference:
        return str(reference["Fn::GetAtt"][0])
    published = assembly.template["Resources"][reference["Ref"]]
    assert published["Type"] == "AWS::Lambda::Version"
    return str(published["Properties"]["FunctionName"]["Ref"])


def test__every_step__is_bounded_from_the_inside_out(every: Assembly) -> None:
    found = list(steps(every))
    machines = every.of_type("AWS::StepFunctions::StateMachine")
    assert {step.machine for step in found} == machines.keys()
    for step in found:
        nested = [step.function["Timeout"], step.state["TimeoutSeconds"]]
        nested.append(step.flow["TimeoutSeconds"])
        if step.soft_limit is not None:
            nested.insert(0, step.soft_limit)
        assert nested == sorted(set(nested)), (step.machine, step.name)


@pytest.mark.parametrize("stage", ON_AWS)
def test__every_step__keeps_the_specified_limits(
    assembly_of: Callable[[str], Assembly], stage: str
) -> None:
    for step in steps(assembly_of(stage)):
        assert step.state["TimeoutSeconds"] <= HARD_SECONDS, (step.machine, step.name)
        if step.soft_limit is not None:
            assert MAX_TIMEOUT < step.soft_limit <= SOFT_SECONDS, (step.machine, step.name)


@pytest.mark.parametrize("stage", ON_AWS)
def test__every_step__has_time_to_write_what_came_of_it(
    assembly_of: Callable[[str], Assembly], stage: str
) -> None:
    for step in steps(assembly_of(stage)):
        if step.soft_limit is not None:
            assert step.function["Timeout"] - step.soft_limit >= WRITING_SECONDS, step.name


@pytest.mark.parametrize("name", CONTEXT["stages"])
def test__every_machine__outlives_the_longest_deadline_of_its_stage(
    assembly_of: Callable[[str], Assembly], name: str
) -> None:
    stage = Stage.read(name, CONTEXT)
    for step in steps(assembly_of(name)):
        if not step.machine.startswith("Aftercare"):  # which begins at a task's end
            assert step.flow["TimeoutSeconds"] >= stage.max_deadline_seconds


@pytest.mark.parametrize("name", ON_AWS)
def test__every_step__fits_into_the_shortest_deadline(name: str) -> None:
    stage = Stage.read(name, CONTEXT)
    assert stage.min_deadline_seconds > HARD_SECONDS
    assert stage.max_deadline_seconds < stage.retention_days * 86_400


def test__due__no_step_is_looked_for_while_it_may_still_run(every: Assembly) -> None:
    for step in steps(every):
        limit = SETTLE_LIMIT if step.name == "Settle" else HARD_LIMIT
        assert step.state["TimeoutSeconds"] <= limit.total_seconds(), (step.machine, step.name)


def test__specification__numbers_are_the_codes() -> None:
    assert HARD_LIMIT.total_seconds() == HARD_SECONDS
    assert Stage(name="any", services={}).soft_limit_seconds == SOFT_SECONDS
    assert STEP.timeout_seconds < HARD_SECONDS

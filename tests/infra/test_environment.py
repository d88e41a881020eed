import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.domain.tasks import Kind
from breakwater.resilience.registry import settings_of
from tests.functions.lambdas import HANDLERS, logical_id
from tests.infra.assemblies import Assembly

SETTINGS: dict[str, Any] = {logical_id(folder): each for folder, each in HANDLERS.items()}
ALL = {kind.value for kind in Kind}
"""Each kind of task has a machine; a run of many retries retries all but its own kind."""


def resolved(value: Any) -> str:
    """Return a variable as CloudFormation will: what a reference resolves to is text."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(resolved(part) for part in parts)
        case _:
            return "name"


def test__settings__are_known_for_each_function(dev: Assembly) -> None:
    assert len(dev.of_type("AWS::Lambda::Function")) == len(SETTINGS)


@pytest.mark.parametrize("function", SETTINGS)
def test__environment__is_exactly_the_settings_fields(every: Assembly, function: str) -> None:
    variables = every.function(function)["Environment"]["Variables"]
    fields = {field.name.upper() for field in dataclasses.fields(SETTINGS[function])}
    assert variables.keys() == fields


@pytest.mark.parametrize("function", SETTINGS)
def test__environment__is_readable_by_the_settings(every: Assembly, function: str) -> None:
    variables = every.function(function)["Environment"]["Variables"]
    env = {key: resolved(value) for key, value in variables.items()}
    settings = SETTINGS[function].from_env(env)
    assert dataclasses.asdict(settings).keys() == {key.lower() for key in variables}


def test__tables__are_told_by_their_names(dev: Assembly) -> None:
    variables = dev.function("DeploymentSubmit")["Environment"]["Variables"]
    for key, table in (
        ("EXECUTIONS_TABLE", "TablesExecutions"),
        ("EVENTS_TABLE", "TablesEvents"),
        ("LEASES_TABLE", "TablesLeases"),
        ("CIRCUITS_TABLE", "TablesCircuits"),
    ):
        assert variables[key]["Ref"].startswith(table)


GUARDED = (
    "Api",
    "DeploymentSubmit",
    "DeploymentPoll",
    "DeploymentDocument",
    "AftercareWithdraw",
    "SyncPull",
    "ChatComplete",
    "UpkeepCircuits",
)


@pytest.mark.parametrize("function", GUARDED)
def test__breakers__are_told_alike_to_all_and_readable(every: Assembly, function: str) -> None:
    told = every.function(function)["Environment"]["Variables"]["BREAKERS"]
    assert told == every.function("DeploymentSubmit")["Environment"]["Variables"]["BREAKERS"]
    assert settings_of(told)["jamf"].bulkhead == 5
    assert settings_of(told)["intune"].bulkhead is None


def test__breakers__are_compact(dev: Assembly) -> None:
    told = dev.function("Api")["Environment"]["Variables"]["BREAKERS"]
    assert told == json.dumps(json.loads(told), separators=(",", ":"), sort_keys=True)


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test__breakers__on_aws__have_the_specifications_defaults(
    assembly_of: Callable[[str], Assembly], stage: str
) -> None:
    told = assembly_of(stage).function("Api")["Environment"]["Variables"]["BREAKERS"]
    for settings in settings_of(told).values():
        assert (settings.breaker.fail_max, settings.breaker.reset_timeout) == (5, 60)


def test__breakers__locally__come_back_soon(assembly_of: Callable[[str], Assembly]) -> None:
    told = assembly_of("local").function("Api")["Environment"]["Variables"]["BREAKERS"]
    for settings in settings_of(told).values():
        assert settings.breaker.reset_timeout == 5
        assert settings.breaker.window < 1


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        ("Api", ALL),
        ("UpkeepHints", ALL),
        ("UpkeepTasks", ALL),
        ("ReplayBatch", ALL - {"replay"}),
    ],
)
def test__machines__are_one_for_each_kind(every: Assembly, function: str, kinds: set[str]) -> None:
    told = resolved(every.function(function)["Environment"]["Variables"]["MACHINES"])
    assert json.loads(told) == dict.fromkeys(kinds, "name")


def test__describes__stay_below_what_every_region_grants(every: Assembly) -> None:
    told = every.function("UpkeepTasks")["Environment"]["Variables"]["DESCRIBES_PER_SECOND"]
    assert 0 < float(told) < 10

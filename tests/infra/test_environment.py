import dataclasses
from typing import Any

import pytest

from breakwater.settings import ApiSettings, SettleSettings, StepSettings
from tests.infra.assemblies import Assembly

SETTINGS: dict[str, Any] = {
    "Api": ApiSettings,
    "DeploymentSubmit": StepSettings,
    "DeploymentPoll": StepSettings,
    "DeploymentSettle": SettleSettings,
}


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
    # References are resolved by CloudFormation; what they resolve to is text.
    env = {key: value if isinstance(value, str) else "name" for key, value in variables.items()}
    settings = SETTINGS[function].from_env(env)
    assert dataclasses.asdict(settings).keys() == {key.lower() for key in variables}


def test__tables__are_told_by_their_names(dev: Assembly) -> None:
    variables = dev.function("DeploymentSubmit")["Environment"]["Variables"]
    for key, table in (
        ("EXECUTIONS_TABLE", "TablesExecutions"),
        ("EVENTS_TABLE", "TablesEvents"),
        ("LEASES_TABLE", "TablesLeases"),
    ):
        assert variables[key]["Ref"].startswith(table)

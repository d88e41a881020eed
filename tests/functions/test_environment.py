from typing import Any

import pytest

from breakwater import bootstrap
from breakwater.domain.errors import ConfigurationError
from breakwater.settings import ApiSettings, StepSettings
from tests.functions.lambdas import FUNCTIONS, HANDLERS, VALUES, environment, load


def test__handlers__every_one_is_tested_here() -> None:
    found = {path.parent.relative_to(FUNCTIONS).as_posix() for path in FUNCTIONS.rglob("*.py")}

    assert found == set(HANDLERS)


@pytest.mark.parametrize("folder", HANDLERS)
def test__handler__is_a_single_file_of_at_most_60_lines(folder: str) -> None:
    (source,) = (FUNCTIONS / folder).glob("*.py")

    assert source.name == "handler.py"
    assert len(source.read_text().splitlines()) <= 60


@pytest.mark.parametrize("folder", HANDLERS)
def test__handler__nothing_is_set__names_every_variable_at_once(folder: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    assert set(str(caught.value).split("; ")) == {
        f"{name} is not set" for name in environment(folder)
    }


@pytest.mark.parametrize("folder", HANDLERS)
def test__handler__its_graph_is_built_while_lambda_initialises(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    assert callable(load(folder))
    build: Any = getattr(bootstrap, folder.replace("/", "_"))
    assert build.cache_info().misses == 1
    build()
    assert build.cache_info().misses == 1


@pytest.mark.parametrize("missing", environment("api"))
def test__settings__one_is_missing__names_it(missing: str) -> None:
    env = {name: value for name, value in VALUES.items() if name != missing}

    with pytest.raises(ConfigurationError, match=f"^{missing} is not set$"):
        ApiSettings.from_env(env)


def test__settings__malformed_numbers__names_each_and_what_it_should_be() -> None:
    wrong = {**VALUES, "RETENTION_DAYS": "soon", "SOFT_LIMIT_SECONDS": "", "LEASES_TABLE": "t"}

    with pytest.raises(ConfigurationError) as caught:
        StepSettings.from_env(wrong)
    assert str(caught.value) == (
        "RETENTION_DAYS is not a whole number; SOFT_LIMIT_SECONDS is not a number"
    )


def test__settings__read__have_their_types() -> None:
    settings = ApiSettings.from_env({**VALUES, "SERVICES": "intune,jamf"})

    assert settings.services == ("intune", "jamf")
    assert settings.max_deadline_seconds == 86400


def test__settings__no_services__is_an_empty_list() -> None:
    assert ApiSettings.from_env({**VALUES, "SERVICES": ""}).services == ()


def test__api__service_without_a_connector__is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**environment("api"), "SERVICES": "intune,abacus"}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError, match="abacus"):
        bootstrap.api()


@pytest.mark.parametrize(
    "builder",
    [
        "api",
        "deployment_submit",
        "deployment_document",
        "sync_pull",
        "upkeep_circuits",
        "upkeep_hints",
        "upkeep_tasks",
    ],
)
def test__graph__is_built_once_until_it_is_reset(
    builder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    build: Any = getattr(bootstrap, builder)
    first = build()

    assert build() is first
    bootstrap.reset()
    assert build() is not first

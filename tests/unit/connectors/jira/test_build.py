import pytest

from breakwater.connectors.jira.build import build
from breakwater.domain.errors import ConfigurationError
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import ScriptedHttp

SETTINGS = {"site_url": "https://jira.test", "tasks_url": "https://api.test/api/v1/tasks"}
SECRET = {"email": "bw@jira.test", "api_token": "hush-hush"}


@pytest.mark.parametrize("name", SETTINGS)
def test__setting_is_missing__configuration_error_that_names_it(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        build(FixedConfiguration(settings, SECRET, service="jira"), ScriptedHttp(), FakeClock())


@pytest.mark.parametrize("lag", [-1, 0, 59.9])
def test__index_lag_is_too_short__configuration_error_that_names_it(lag: float) -> None:
    # A pull with no lag would follow its own pages for ever.
    settings = {**SETTINGS, "index_lag_seconds": lag}
    with pytest.raises(ConfigurationError, match="index_lag_seconds must be at least 60"):
        build(FixedConfiguration(settings, SECRET, service="jira"), ScriptedHttp(), FakeClock())


def test__index_lag__may_be_a_minute() -> None:
    settings = {**SETTINGS, "index_lag_seconds": 60}
    assert build(FixedConfiguration(settings, SECRET, service="jira"), ScriptedHttp(), FakeClock())

import json
from typing import Any

import pytest

from breakwater.domain.errors import ConfigurationError
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.registry import SERVICES, ServiceSettings, settings_of


def test__services__the_seven_and_the_ai() -> None:
    assert sorted(SERVICES) == sorted(
        ["servicenow", "jira", "intune", "jamf", "sccm", "landscape", "ansible", "ai"]
    )


def test__nothing_said__every_service_has_the_defaults() -> None:
    settings = settings_of("{}")
    assert settings == dict.fromkeys(SERVICES, ServiceSettings(BreakerSettings()))
    default = settings["ai"].breaker
    assert (default.fail_max, default.reset_timeout, default.max_open) == (5, 60, 300)


def test__a_service__is_laid_over_the_default_field_by_field() -> None:
    given = {
        "default": {"reset_timeout": 30, "fail_max": 3, "slow_call": 20},
        "jamf": {"bulkhead": 5, "fail_max": 4},
        "ai": {"slow_call": None},
    }
    settings = settings_of(json.dumps(given))
    default = BreakerSettings(reset_timeout=30, fail_max=3, slow_call=20)
    assert settings["jira"] == ServiceSettings(default)
    assert settings["jamf"] == ServiceSettings(
        BreakerSettings(reset_timeout=30, fail_max=4, slow_call=20), bulkhead=5
    )
    assert settings["ai"].breaker.slow_call is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "BREAKERS is not JSON"),
        ("[]", "BREAKERS: expected an object"),
        ('{"slack": {}}', "BREAKERS: unknown service slack"),
        ('{"jira": 5}', "BREAKERS: jira: expected an object"),
        ('{"jira": {"fail_min": 5}}', "BREAKERS: jira.fail_min is unknown"),
        ('{"jira": {"fail_max": 1.5}}', "jira.fail_max must be a whole number from 1 on"),
        ('{"jira": {"fail_max": true}}', "jira.fail_max must be a whole number from 1 on"),
        ('{"jira": {"fail_max": 0}}', "jira.fail_max must be a whole number from 1 on"),
        ('{"jamf": {"bulkhead": null}}', "jamf.bulkhead must be a whole number from 1 on"),
        ('{"jira": {"window": "1"}}', "jira.window must be a number above 0"),
        ('{"jira": {"window": true}}', "jira.window must be a number above 0"),
        ('{"jira": {"window": 0}}', "jira.window must be a number above 0"),
        ('{"jira": {"window": null}}', "jira.window must be a number above 0"),
        ('{"default": {"max_open": Infinity}}', "default.max_open must be a number above 0"),
        ('{"default": {"max_open": NaN}}', "default.max_open must be a number above 0"),
    ],
)
def test__fault__is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_of(text)
    assert fault in str(caught.value)


def test__faults__are_all_named_at_once() -> None:
    given: dict[str, Any] = {"slack": {}, "jira": {"fail_max": 0, "x": 1}, "ai": []}
    with pytest.raises(ConfigurationError) as caught:
        settings_of(json.dumps(given))
    assert str(caught.value).count(";") == 3

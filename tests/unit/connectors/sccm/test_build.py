"""Which settings make which connector, and what each of its calls carries."""

from typing import Any

import pytest

from breakwater.connectors.sccm.build import build
from breakwater.domain.errors import ConfigurationError
from breakwater.ports import NtlmAccount
from breakwater.registry import connectors
from breakwater.resilience.deadline import Deadline
from breakwater.services.upkeep import ProbeRun
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import ScriptedHttp, ok, refused
from tests.unit.connectors.sccm.settings import ENTRA, NTLM, SECRET

TOKEN = ok({"access_token": "token-1", "expires_in": 3599})
SITE = ok({"value": [{"SiteCode": "PS1"}]})
PROBE = "wmi/SMS_Site?$select=SiteCode"


def probe(settings: dict[str, Any], *answers: Any) -> tuple[ScriptedHttp, FixedConfiguration]:
    """Probe once; return what was sent, and the configuration that was read."""
    http, clock = ScriptedHttp(*answers), FakeClock()
    source = FixedConfiguration(settings, SECRET, "sccm")
    run = ProbeRun("corr-1", Deadline.after(60, clock.monotonic), clock)
    connectors(source, http, clock)("sccm").probe(run)
    return http, source


@pytest.mark.parametrize(
    ("settings", "name"),
    [(NTLM, name) for name in ("provider_url", "login")]
    + [(ENTRA, name) for name in ("provider_url", "login", "login_url", "tenant", "scope")],
)
def test__setting_is_missing__configuration_error_that_names_it(
    settings: dict[str, str], name: str
) -> None:
    left = {key: value for key, value in settings.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        build(FixedConfiguration(left, SECRET, "sccm"), ScriptedHttp(), FakeClock())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"login": "basic"}, "login must be entra or ntlm, not basic"),
        ({"ca_bundle": ["PEM"]}, "ca_bundle"),
        ({"ca_bundle": 1}, "ca_bundle"),
    ],
)
def test__setting_is_wrong__configuration_error(change: dict[str, Any], told: str) -> None:
    source = FixedConfiguration({**ENTRA, **change}, SECRET, "sccm")
    with pytest.raises(ConfigurationError, match=told):
        build(source, ScriptedHttp(), FakeClock())


def test__entra__token_route_and_the_bundle_for_the_provider_alone() -> None:
    http, _ = probe(ENTRA, TOKEN, SITE)
    login, site = http.sent
    assert login.url == "https://login.test/t/oauth2/v2.0/token"
    assert login.options["form"]["scope"] == "s"
    assert "ca_bundle" not in login.options
    assert site.url == f"https://cm01.test/AdminService_TokenAuth/{PROBE}"
    assert (site.authorization, site.options["ca_bundle"]) == ("Bearer token-1", "PEM")
    assert "ntlm" not in site.options
    assert site.options["repeatable"] is False


def test__ntlm__windows_route_with_the_account_and_the_bundle() -> None:
    http, source = probe(NTLM, SITE)
    [site] = http.sent
    assert site.url == f"https://cm01.test/AdminService/{PROBE}"
    assert site.options["ntlm"] == NtlmAccount("D\\u", "hush-hush")
    assert (site.authorization, site.options["ca_bundle"]) == (None, "PEM")
    assert source.fresh == 0


def test__ntlm__refused__the_secret_is_read_past_the_cache_once() -> None:
    http, source = probe(NTLM, refused(401), SITE)
    assert (len(http.sent), source.fresh) == (2, 1)


def test__no_bundle__the_public_authorities() -> None:
    settings = {name: value for name, value in NTLM.items() if name != "ca_bundle"}
    http, _ = probe(settings, SITE)
    assert http.sent[0].options["ca_bundle"] is None


def test__account__keeps_its_password_to_itself() -> None:
    assert "hush" not in repr(NtlmAccount("u", "hush-hush"))

from typing import Any

import pytest

from breakwater.connectors.intune.build import build
from breakwater.domain.errors import ConfigurationError
from breakwater.registry import connectors
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import refused
from tests.unit.connectors.intune.bench import LOGIN, SECRET, SETTINGS, Bench, GraphTwin, a_payload


@pytest.mark.parametrize("name", ["graph_url", "login_url", "tenant", "download_hosts"])
def test__setting_is_missing__configuration_error_that_names_it(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        build(FixedConfiguration(settings, SECRET), GraphTwin(), FakeClock())


def test__built__logs_in_at_the_tenant_and_asks_past_the_cache_after_a_401() -> None:
    bench, graph = Bench(), GraphTwin()
    source = FixedConfiguration(SETTINGS, SECRET)
    graph.before["app"] = [refused(401)]
    build(source, graph, bench.clock).submit(bench.run(), a_payload())
    assert graph.calls[:4] == ["login", "app", "login", "app"]
    assert graph.sent[0].url == LOGIN
    assert source.fresh == 1


def test__registry__one_connector_for_each_service() -> None:
    source: Any = FixedConfiguration(SETTINGS, SECRET)
    get = connectors(source, GraphTwin(), FakeClock())
    assert get("intune") is get("intune")
    with pytest.raises(ConfigurationError, match="nowhere"):
        get("nowhere")

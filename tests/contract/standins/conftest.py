"""One served set of stand-ins for this folder, started afresh for each test by its own reset."""

from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns, serve
from tests.contract.standins.clients import Control, Graph, client


@pytest.fixture(scope="session")
def standins() -> Iterator[StandIns]:
    with serve() as running:
        yield running


@pytest.fixture
def control(standins: StandIns) -> Iterator[Control]:
    with client(standins.control_url) as http:
        control = Control(http)
        control.reset()
        yield control


@pytest.fixture
def graph(standins: StandIns, control: Control) -> Iterator[Graph]:
    """A client that has logged in; it does so after the reset, which forgets tokens."""
    assert control.effects() == {}
    with client(standins.url_of("intune")) as http:
        graph = Graph(http)
        graph.log_in()
        yield graph

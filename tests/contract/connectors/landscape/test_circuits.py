"""What counts against Landscape's health, and its probe."""

import pytest

from breakwater.domain.errors import PermanentError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.landscape.calls import (
    BEFORE,
    assert_installed_once,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World


def test__business_failures__are_no_failures_of_the_service(
    world: World[Landscape], circuits: Circuits[Landscape]
) -> None:
    for _ in range(6):
        assert world.accept(query="tag:broken").run().status is Status.FAILED
        assert world.accept(query="tag:nobody").run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__probe__is_one_authenticated_read_of_one_activity(
    world: World[Landscape], circuits: Circuits[Landscape]
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "/")
    assert (read["path"], read["status"]) == ("/landscape/api/v2/activities", 200)
    assert read["query"] == "limit=1"


def test__probe_is_refused__says_so(world: World[Landscape], circuits: Circuits[Landscape]) -> None:
    world.secret["secret_key"] = "wrong"
    with pytest.raises(PermanentError):
        circuits.probe()


def test__baseline_fails_until_the_circuit_opens__nothing_is_begun(
    world: World[Landscape], circuits: Circuits[Landscape]
) -> None:
    world.vendor.fault("hang", BEFORE, count=1)
    world.vendor.fault("status", BEFORE, count=10, status=500)
    machine = world.accept()
    machine.step()
    assert machine.now().intent is None
    assert world.vendor.installs() == 0
    assert machine.run().status is Status.SUCCESS
    assert_installed_once(world)

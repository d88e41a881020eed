"""Deployments while Landscape's circuit opens, stays open and closes again; and its probe."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors import circuits as circuits_of
from tests.contract.connectors.landscape.calls import (
    BEFORE,
    LOGIN,
    PACKAGES,
    assert_installed_once,
    logged_in,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World

LIST = "GET /activities?"


class Circuits(circuits_of.Circuits[Landscape]):
    """Landscape's circuit, and how it comes to open."""

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.world.vendor.fault("status", LIST, count=None, status=503)
        machine = self.world.accept(packages=["git"])
        while self.circuit.state is not State.OPEN:
            machine.step()


@pytest.fixture
def circuits(world: World[Landscape]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(world, stack)


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Landscape], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    world.vendor.clear_faults()
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert circuits.circuit.state is State.CLOSED


def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    world: World[Landscape], circuits: Circuits
) -> None:
    logged_in(world).vendor.fault("reset", PACKAGES, when="after")
    machine = world.accept()
    machine.step()
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent is not None
    world.vendor.clear_faults()
    assert machine.run().status is Status.SUCCESS
    assert_installed_once(world)


def test__business_failures__are_no_failures_of_the_service(
    world: World[Landscape], circuits: Circuits
) -> None:
    for _ in range(6):
        assert world.accept(query="tag:broken").run().status is Status.FAILED
        assert world.accept(query="tag:nobody").run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__probe__is_one_authenticated_read_of_one_activity(
    world: World[Landscape], circuits: Circuits
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "/")
    assert (read["path"], read["status"]) == ("/landscape/api/v2/activities", 200)
    assert read["query"] == "limit=1"


@pytest.mark.parametrize("call", [LIST, LOGIN])
def test__probe_of_a_sick_vendor__reopens_and_is_not_retried(
    world: World[Landscape], circuits: Circuits, call: str
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.vendor.fault("status", call, count=None, status=503)
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert len(world.clock.slept) == slept


def test__probe_is_refused__says_so(world: World[Landscape], circuits: Circuits) -> None:
    world.secret["secret_key"] = "wrong"
    with pytest.raises(PermanentError):
        circuits.probe()


def test__baseline_fails_until_the_circuit_opens__nothing_is_begun(
    world: World[Landscape], circuits: Circuits
) -> None:
    world.vendor.fault("hang", BEFORE, count=1)
    world.vendor.fault("status", BEFORE, count=10, status=500)
    machine = world.accept()
    machine.step()
    assert machine.now().intent is None
    assert world.vendor.installs() == 0
    assert machine.run().status is Status.SUCCESS
    assert_installed_once(world)

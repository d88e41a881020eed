"""Deployments while the provider's circuit opens, stays open and closes again; and its probe."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors import circuits as circuits_of
from tests.contract.connectors.sccm.calls import (
    CLASSES,
    POST,
    assert_assigned_once,
    assert_untouched,
    either_login,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

SITE = "GET /SMS_Site?"
pytestmark = either_login


class Circuits(circuits_of.Circuits[Sccm]):
    """The provider's circuit, and how it comes to open."""

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.world.vendor.fault("status", f"GET {CLASSES}", count=None, status=503)
        machine = self.world.accept()
        while self.circuit.state is not State.OPEN:
            machine.step()


@pytest.fixture
def circuits(world: World[Sccm]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(world, stack)


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    world.vendor.clear_faults()
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert circuits.circuit.state is State.CLOSED
    assert_assigned_once(world)


def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    world: World[Sccm], circuits: Circuits
) -> None:
    if world.vendor.settings["login"] == "ntlm":
        world.vendor.fault("delay", POST, seconds=0.001)
    world.vendor.fault("reset", POST, when="after")
    machine = world.accept()
    machine.step()
    sent = posts(world)
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent
    world.vendor.clear_faults()
    assert machine.run().status is Status.SUCCESS
    assert posts(world) == sent
    assert_assigned_once(world)


def test__told_to_fail_fast__failed_with_the_circuits_error(
    world: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.on_open_circuit = "fail"
    assert machine.run().status is Status.FAILED
    assert machine.error_type == "CircuitBreakerOpenError"
    assert_untouched(world)


def test__refused_login__says_nothing_of_its_health(world: World[Sccm], circuits: Circuits) -> None:
    world.secret.update(client_secret="wrong", password="wrong")
    for _ in range(6):
        assert world.accept().run().status is Status.FAILED
    assert circuits.circuit.state is State.CLOSED


def test__probe__one_read_and_no_second_try(world: World[Sccm], circuits: Circuits) -> None:
    circuits.probe()
    legs = 2 if world.vendor.settings["login"] == "ntlm" else 1
    assert len(world.vendor.requests("GET", "SMS_Site")) == legs
    world.vendor.fault("status", SITE, count=None, status=503)
    with pytest.raises(TransientError):
        circuits.probe()
    assert world.vendor.hits() == 1
    assert_untouched(world)


def test__probe__error_under_a_200__is_no_answer(world: World[Sccm], circuits: Circuits) -> None:
    world.vendor.fault("status", SITE, status=200, body={"error": {"code": "x"}})
    with pytest.raises(TransientError):
        circuits.probe()


def test__probe__refused__permanent(world: World[Sccm], circuits: Circuits) -> None:
    world.vendor.fault("status", SITE, count=None, status=403)
    with pytest.raises(PermanentError):
        circuits.probe()


def test__probe_of_a_sick_vendor__reopens_and_is_not_retried(
    world: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert len(world.clock.slept) == slept

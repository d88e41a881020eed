"""Deployments while Intune's circuit opens, stays open and closes again."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors import circuits as circuits_of
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World

READ, LOGIN = "GET mobileApps", "POST token"


class Circuits(circuits_of.Circuits[Intune]):
    """Intune's circuit, and how it comes to open."""

    def dies(self, call: str) -> None:
        """Let the vendor answer a call with 503 from now on."""
        self.world.vendor.fault("status", call, count=None, status=503)

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.dies(READ)
        machine = self.world.accept()
        while self.circuit.state is not State.OPEN:
            machine.step()


@pytest.fixture
def circuits(world: World[Intune]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(world, stack)


def reads(world: World[Intune]) -> int:
    return len(world.vendor.requests("GET", "mobileApps"))


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Intune], circuits: Circuits
) -> None:
    circuits.opens()
    assert reads(world) == 5
    waiting = [world.accept() for _ in range(3)]
    for machine in waiting:
        machine.step()
        assert machine.error_type == "CircuitBreakerOpenError"
        assert machine.now().retry_at is not None
    world.vendor.clear_faults()

    for machine in waiting:
        task = machine.run()
        assert (task.status, task.attempt) == (Status.SUCCESS, 1)
        assert machine.statuses == [Status.RETRYING, Status.SUCCESS]
    assert circuits.circuit.state is State.CLOSED


def test__vendor_stays_dead__parked_until_the_deadline_with_few_calls_reaching_it(
    world: World[Intune], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept(deadline=timedelta(hours=6))
    began, calls = world.clock.now(), reads(world)
    task = machine.run(steps=2_000)

    assert (task.status, machine.error_type) == (Status.FAILED, "DeadlineExceededError")
    assert task.attempt <= 2  # the last probe may be too near the deadline for anything else
    assert world.clock.now() - began <= timedelta(hours=6, minutes=1)
    # One probe for each time that the circuit was open: 60, 120, 240, then 300 s.
    assert reads(world) - calls <= 3 + 6 * 12


def test__would_rather_fail__fails_at_once(world: World[Intune], circuits: Circuits) -> None:
    circuits.opens()
    machine = world.accept()
    machine.on_open_circuit = "fail"
    assert machine.run().status is Status.FAILED
    assert machine.error_type == "CircuitBreakerOpenError"


def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    world: World[Intune], circuits: Circuits
) -> None:
    world.vendor.fault("reset", "POST /assign", when="after")
    machine = world.accept()
    machine.step()
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent is not None

    world.vendor.clear_faults()
    assert machine.run().status is Status.SUCCESS
    assert world.vendor.groups(PUBLISHED_APP) == [(GROUP, "required")]
    assert world.vendor.effects("assign", "added", PUBLISHED_APP, GROUP, "required") == 1


def test__effect_in_doubt_and_would_rather_fail__unknown(
    world: World[Intune], circuits: Circuits
) -> None:
    world.vendor.fault("reset", "POST /assign", when="after")
    machine = world.accept()
    machine.on_open_circuit = "fail"
    machine.step()
    circuits.opens()
    assert machine.run().status is Status.UNKNOWN


def test__probe__is_one_authenticated_read_of_next_to_nothing(
    world: World[Intune], circuits: Circuits
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "v1.0")
    assert (read["path"], read["status"]) == ("/intune/v1.0/deviceAppManagement/mobileApps", 200)
    assert read["query"] == "$top=1&$select=id"


def test__probe_of_an_idle_circuit__closes_it_with_one_probe(
    world: World[Intune], circuits: Circuits
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.clock.advance(120)
    circuits.probe()
    assert circuits.circuit.state is State.CLOSED


@pytest.mark.parametrize("call", [READ, LOGIN])
def test__probe_of_a_sick_vendor__is_not_retried_and_reopens(
    world: World[Intune], circuits: Circuits, call: str
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    circuits.dies(call)
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    # The login of a new environment has answered where only the read fails: that closes nothing.
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert len(world.clock.slept) == slept


def test__only_the_read_fails__new_environments_logins_do_not_end_the_run(
    world: World[Intune], circuits: Circuits
) -> None:
    circuits.dies(READ)
    for count in range(1, 6):
        with pytest.raises(TransientError):
            circuits.probe()
        assert circuits.circuit.failures == count
        world.clock.advance(1)
    assert circuits.circuit.state is State.OPEN

"""Deployments while Intune's circuit opens, stays open and closes again."""

from datetime import timedelta

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.intune.calls import SUBJECT
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World


def reads(world: World[Intune]) -> int:
    return len(world.vendor.requests("GET", "mobileApps"))


def test__vendor_dies_and_recovers__several_that_are_parked_succeed_in_their_first_attempts(
    world: World[Intune], circuits: Circuits[Intune]
) -> None:
    circuits.opens()
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
    world: World[Intune], circuits: Circuits[Intune]
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


def test__probe__is_one_authenticated_read_of_next_to_nothing(
    world: World[Intune], circuits: Circuits[Intune]
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "v1.0")
    assert (read["path"], read["status"]) == ("/intune/v1.0/deviceAppManagement/mobileApps", 200)
    assert read["query"] == "$top=1&$select=id"


def test__only_the_read_fails__new_environments_logins_do_not_end_the_run(
    world: World[Intune], circuits: Circuits[Intune]
) -> None:
    world.vendor.fault("status", SUBJECT.probe, count=None, status=503)
    for count in range(1, 6):
        with pytest.raises(TransientError):
            circuits.probe()
        assert circuits.circuit.failures == count
        world.clock.advance(1)
    assert circuits.circuit.state is State.OPEN

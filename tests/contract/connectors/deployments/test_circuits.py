"""Deployments while their vendor's circuit opens, stays open and closes again; and its probe."""

from itertools import product
from typing import Any

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.deployments.cases import every
from tests.contract.connectors.sccm.calls import WINDOWS
from tests.contract.connectors.subject import Subject, subjects
from tests.contract.connectors.world import World

FAULTS: dict[str, dict[str, Any]] = {
    "503": {"kind": "status", "status": 503},
    "page": {"kind": "html", "status": 502},
    "page under 200": {"kind": "html"},
    "reset": {"kind": "reset"},
    "hang": {"kind": "hang"},
}


@pytest.fixture(params=[*subjects(), WINDOWS], ids=str)
def subject(request: pytest.FixtureRequest) -> Subject[Any]:
    found: Subject[Any] = request.param
    return found


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any]
) -> None:
    circuits.opens()
    assert world.vendor.hits() == 5
    machine = world.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().retry_at is not None
    world.vendor.clear_faults()
    task = machine.run()
    assert task.attempt == 1
    assert machine.statuses == [Status.RETRYING, *subject.course]
    assert circuits.circuit.state is State.CLOSED
    subject.assert_once(world)


@pytest.mark.parametrize("when", ["before", "after"])
def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any], when: str
) -> None:
    machine = subject.in_doubt(world, when)
    arrived = subject.arrived(world)
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent is not None
    assert subject.arrived(world) == arrived
    world.vendor.clear_faults()
    task = machine.run()
    repeated = when == "before" and subject.sends_again
    assert (subject.arrived(world) > arrived) == repeated
    if when == "before" and not subject.sends_again:
        assert task.status is Status.UNKNOWN
        subject.assert_never(world)
    else:
        assert task.status is Status.SUCCESS
        subject.assert_once(world)


def test__would_rather_fail__failed_with_the_circuit_s_error(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any]
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.on_open_circuit = "fail"
    assert (machine.run().status, machine.error_type) == (Status.FAILED, "CircuitBreakerOpenError")
    subject.assert_never(world)


def test__in_doubt_and_would_rather_fail__unknown(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any]
) -> None:
    machine = subject.in_doubt(world)
    machine.on_open_circuit = "fail"
    circuits.opens()
    assert machine.run().status is Status.UNKNOWN


def test__probe_of_an_idle_circuit__closes_it_with_one_probe(
    world: World[Any], circuits: Circuits[Any]
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.clock.advance(120)
    circuits.probe()
    assert circuits.circuit.state is State.CLOSED


@every(
    "call, fault",
    lambda one: (
        *product([one.probe], FAULTS),
        *([(one.login, "503")] if one.login and one.probe_logs_in else []),
    ),
    more=[WINDOWS],
)
def test__probe_of_a_sick_vendor__reopens_and_is_not_retried(
    world: World[Any], circuits: Circuits[Any], call: str, fault: str
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.vendor.fault(call=call, count=None, **FAULTS[fault])
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    # The login of a new environment has answered where only the probe fails: that closes nothing.
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert (len(world.clock.slept), world.vendor.hits()) == (slept, 1)


def test__probe_while_the_circuit_is_closed__asks_once(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any]
) -> None:
    world.vendor.fault("status", subject.probe, count=None, status=503)
    with pytest.raises(TransientError):
        circuits.probe()
    assert world.vendor.hits() == 1
    subject.assert_never(world)


def test__probe_is_refused__says_so(
    world: World[Any], subject: Subject[Any], circuits: Circuits[Any]
) -> None:
    world.vendor.fault("status", subject.probe, count=None, status=403)
    with pytest.raises(PermanentError):
        circuits.probe()

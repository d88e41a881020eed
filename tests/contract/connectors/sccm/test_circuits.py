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
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

SITE = "GET /SMS_Site?"


class Circuits(circuits_of.Circuits[Sccm]):
    """The provider's circuit, and how it comes to open."""

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.world.vendor.fault("status", f"GET {CLASSES}", count=None, status=503)
        machine = self.world.accept()
        while self.circuit.state is not State.OPEN:
            machine.step()


@pytest.fixture(params=["world", "windows"])
def either(request: pytest.FixtureRequest) -> World[Sccm]:
    found: World[Sccm] = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def circuits(either: World[Sccm]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(either, stack)


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    either: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    machine = either.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    either.vendor.clear_faults()
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert circuits.circuit.state is State.CLOSED
    assert_assigned_once(either)


def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    either: World[Sccm], circuits: Circuits
) -> None:
    if either.vendor.settings["login"] == "ntlm":
        either.vendor.fault("delay", POST, seconds=0.001)
    either.vendor.fault("reset", POST, when="after")
    machine = either.accept()
    machine.step()
    sent = posts(either)
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent
    either.vendor.clear_faults()
    assert machine.run().status is Status.SUCCESS
    assert posts(either) == sent
    assert_assigned_once(either)


def test__told_to_fail_fast__failed_with_the_circuits_error(
    either: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    machine = either.accept()
    machine.on_open_circuit = "fail"
    assert machine.run().status is Status.FAILED
    assert machine.error_type == "CircuitBreakerOpenError"
    assert_untouched(either)


def test__refused_login__says_nothing_of_its_health(
    either: World[Sccm], circuits: Circuits
) -> None:
    either.secret.update(client_secret="wrong", password="wrong")
    for _ in range(6):
        assert either.accept().run().status is Status.FAILED
    assert circuits.circuit.state is State.CLOSED


def test__probe__one_read_and_no_second_try(either: World[Sccm], circuits: Circuits) -> None:
    circuits.probe()
    legs = 2 if either.vendor.settings["login"] == "ntlm" else 1
    assert len(either.vendor.requests("GET", "SMS_Site")) == legs
    either.vendor.fault("status", SITE, count=None, status=503)
    with pytest.raises(TransientError):
        circuits.probe()
    assert either.vendor.hits() == 1
    assert_untouched(either)


def test__probe__error_under_a_200__is_no_answer(either: World[Sccm], circuits: Circuits) -> None:
    either.vendor.fault("status", SITE, status=200, body={"error": {"code": "x"}})
    with pytest.raises(TransientError):
        circuits.probe()


def test__probe__refused__permanent(either: World[Sccm], circuits: Circuits) -> None:
    either.vendor.fault("status", SITE, count=None, status=403)
    with pytest.raises(PermanentError):
        circuits.probe()


def test__probe_of_a_sick_vendor__reopens_and_is_not_retried(
    either: World[Sccm], circuits: Circuits
) -> None:
    circuits.opens()
    either.clock.advance(120)
    slept = len(either.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert len(either.clock.slept) == slept

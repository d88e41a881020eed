"""Deployments while the controller's circuit opens and closes again; its probe; its cancel."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from infra.local.standins.ansible import FAILING_TEMPLATE, SURVEY_TEMPLATE
from tests.contract.connectors import circuits as circuits_of
from tests.contract.connectors.ansible.calls import CANCEL, READ, TERMS, in_doubt
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import World

PING = "GET /ping/"


class Circuits(circuits_of.Circuits[Ansible]):
    """Ansible's circuit, and how it comes to open."""

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.world.vendor.fault("html", TERMS, count=None, status=502)
        while self.circuit.state is not State.OPEN:
            with suppress(TransientError):
                self.world.accept().invoke()


@pytest.fixture
def circuits(world: World[Ansible]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(world, stack)


def test__controller_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Ansible], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    world.vendor.clear_faults()
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert circuits.circuit.state is State.CLOSED


def test__launch_in_doubt_when_the_circuit_opens__is_looked_for_before_it_is_repeated(
    world: World[Ansible], circuits: Circuits
) -> None:
    machine = in_doubt(world)
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent is not None
    world.vendor.clear_faults()
    assert machine.run().status is Status.SUCCESS
    assert world.vendor.launches() == 1


def test__failed_jobs_and_refused_launches__are_no_failures_of_the_service(
    world: World[Ansible], circuits: Circuits
) -> None:
    for _ in range(6):
        assert world.accept(job_template_id=FAILING_TEMPLATE).run().status is Status.FAILED
        assert world.accept(inventory_id=999).run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__controller_migrates_for_long__its_circuit_opens(
    world: World[Ansible], circuits: Circuits
) -> None:
    world.vendor.change(migrating=True)
    machine = world.accept()
    for _ in range(2):
        machine.step()
    assert circuits.circuit.state is State.OPEN
    world.vendor.change(migrating=False)
    assert machine.run().status is Status.SUCCESS


def test__circuit_opens_while_a_job_is_stopped__told_all_the_same(
    world: World[Ansible], circuits: Circuits
) -> None:
    world.vendor.fault("status", CANCEL, count=None, status=500)
    world.vendor.fault("status", READ, count=None, status=500)
    world.payload = {"job_template_id": SURVEY_TEMPLATE, "extra_vars": {"unknown": 1}}
    machine = world.accept()
    task = machine.run()
    assert circuits.circuit.state is State.OPEN
    assert machine.statuses == [Status.FAILED]
    assert task.result is not None
    assert task.result["cancel"] == "failed"
    assert task.result["ignored_fields"] == ["extra_vars.unknown"]


def test__probe__is_one_ping_without_our_token(world: World[Ansible], circuits: Circuits) -> None:
    world.secret.clear()
    circuits.probe()
    (ping,) = world.vendor.requests("GET", "/")
    assert (ping["path"], ping["status"]) == ("/ansible/api/v2/ping/", 200)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "html", "status": 502},
        {"kind": "html", "status": 302},
        {"kind": "hang"},
    ],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test__probe_of_a_sick_controller__reopens_and_is_not_retried(
    world: World[Ansible], circuits: Circuits, fault: dict[str, Any]
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.vendor.fault(
        str(fault["kind"]), PING, None, **{k: fault[k] for k in fault if k != "kind"}
    )
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert (len(world.clock.slept), world.vendor.hits()) == (slept, 1)


@pytest.mark.parametrize("kind", ["html", "malformed"])
def test__probe_gets_something_else_than_json__does_not_vouch(
    world: World[Ansible], circuits: Circuits, kind: str
) -> None:
    world.vendor.fault(kind, PING)
    with pytest.raises(TransientError):
        circuits.probe()


def test__cancel__stops_a_job_that_has_not_ended(world: World[Ansible], circuits: Circuits) -> None:
    machine = world.accept()
    machine.step()
    handle = machine.now().handle
    assert handle is not None
    connector = world.connector(circuits.client())
    assert connector.cancel(circuits.run(), machine.payload, handle) is True
    assert connector.cancel(circuits.run(), machine.payload, handle) is False
    task = machine.run()
    assert task.result is not None
    assert (task.status, task.result["status"]) == (Status.FAILED, "canceled")


def test__cancel_is_forbidden__says_so(world: World[Ansible], circuits: Circuits) -> None:
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", CANCEL, status=403)
    connector = world.connector(circuits.client())
    with pytest.raises(PermanentError):
        connector.cancel(circuits.run(), machine.payload, machine.now().handle or {})

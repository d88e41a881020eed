"""What counts against the controller's health, its probe, and its cancel."""

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from infra.local.standins.ansible import FAILING_TEMPLATE, SURVEY_TEMPLATE
from tests.contract.connectors.ansible.calls import CANCEL, READ, SUBJECT
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.world import World


def test__failed_jobs_and_refused_launches__are_no_failures_of_the_service(
    world: World[Ansible], circuits: Circuits[Ansible]
) -> None:
    for _ in range(6):
        assert world.accept(job_template_id=FAILING_TEMPLATE).run().status is Status.FAILED
        assert world.accept(inventory_id=999).run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__controller_migrates_for_long__its_circuit_opens(
    world: World[Ansible], circuits: Circuits[Ansible]
) -> None:
    world.vendor.change(migrating=True)
    machine = world.accept()
    for _ in range(2):
        machine.step()
    assert circuits.circuit.state is State.OPEN
    world.vendor.change(migrating=False)
    assert machine.run().status is Status.SUCCESS


def test__circuit_opens_while_a_job_is_stopped__told_all_the_same(
    world: World[Ansible], circuits: Circuits[Ansible]
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


def test__probe__is_one_ping_without_our_token(
    world: World[Ansible], circuits: Circuits[Ansible]
) -> None:
    world.secret.clear()
    circuits.probe()
    (ping,) = world.vendor.requests("GET", "/")
    assert (ping["path"], ping["status"]) == ("/ansible/api/v2/ping/", 200)


def test__probe_is_sent_elsewhere__counts_against_its_health(
    world: World[Ansible], circuits: Circuits[Ansible]
) -> None:
    world.vendor.fault("html", SUBJECT.probe, count=None, status=302)
    with pytest.raises(TransientError):
        circuits.probe()
    assert (circuits.circuit.failures, world.vendor.hits()) == (1, 1)


@pytest.mark.parametrize("kind", ["html", "malformed"])
def test__probe_gets_something_else_than_json__does_not_vouch(
    world: World[Ansible], circuits: Circuits[Ansible], kind: str
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.vendor.fault(kind, SUBJECT.probe)
    world.clock.advance(120)
    with pytest.raises(TransientError):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)


def test__cancel__stops_a_job_that_has_not_ended(
    world: World[Ansible], circuits: Circuits[Ansible]
) -> None:
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


def test__cancel_is_forbidden__says_so(world: World[Ansible], circuits: Circuits[Ansible]) -> None:
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", CANCEL, status=403)
    connector = world.connector(circuits.client())
    with pytest.raises(PermanentError):
        connector.cancel(circuits.run(), machine.payload, machine.now().handle or {})

"""What counts against Jamf's health, its probe, and its five connections."""

import time

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.jamf.calls import BUNDLE, SUBJECT, assert_queued_once
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.together import Lambda
from tests.contract.connectors.world import World


def test__refused_devices__are_no_failures_of_the_service(
    world: World[Jamf], circuits: Circuits[Jamf]
) -> None:
    for _ in range(6):
        assert world.accept(device_ids=[999]).run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__probe__is_one_look_at_the_health_without_a_login(
    world: World[Jamf], circuits: Circuits[Jamf]
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "/")
    assert (read["path"], read["status"]) == ("/jamf/api/v1/health-check", 204)
    assert world.vendor.effects("login", "tokens") == 0


def test__health_check_answers_with_a_page__says_so(
    world: World[Jamf], circuits: Circuits[Jamf]
) -> None:
    world.vendor.fault("html", SUBJECT.probe)
    with pytest.raises(TransientError, match="health check with 200"):
        circuits.probe()
    assert circuits.circuit.failures == 1


@pytest.mark.parametrize("limited", [True, False])
def test__twelve_at_once__jamf_never_sees_more_than_five(
    world: World[Jamf], circuits: Circuits[Jamf], limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it would see more without the bulkhead, or this would prove nothing."""
    # Real time passes here. Whoever waited would otherwise skip the others' leases to their ends.
    monkeypatch.setattr(world.clock, "sleep", lambda _: time.sleep(0.02))
    devices = list(range(1000, 1012))
    for device in devices:
        world.vendor.computer(device)
    world.vendor.script(seconds_per_request=0.05, token_lifetime_seconds=86_400)
    machines = [world.accept(device_ids=[device]) for device in devices]
    running = [Lambda(machine, circuits.client(5, limited=limited)) for machine in machines]
    for one in running:
        one.start()
    answers = [one.answer() for one in running]
    # Only now: going on moves the clock, and with it the slots of whoever still runs to their ends.
    for machine, answer in zip(machines, answers, strict=True):
        machine.go_on(answer)
    for machine in machines:
        assert machine.run().status is Status.SUCCESS
    assert [world.vendor.queued(one, BUNDLE) for one in devices] == [1] * 12
    assert (world.vendor.most_connected() <= 5) is limited
    assert circuits.bulkhead == 5


def test__one_deployment__takes_one_slot_at_a_time_and_gives_each_back(
    world: World[Jamf], circuits: Circuits[Jamf]
) -> None:
    assert world.accept().run().status is Status.SUCCESS
    assert (world.vendor.most_connected(), circuits.slots.held) == (1, {})
    assert_queued_once(world)

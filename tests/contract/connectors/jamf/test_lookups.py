"""After a lost answer: Jamf's commands are ours where nothing speaks against it, else a human's."""

from datetime import timedelta

import pytest

from breakwater.domain.status import Status
from infra.local.standins.jamf import DEVICES, REFUSED_DEVICE
from tests.contract.connectors.jamf.calls import (
    COMPUTERS,
    DEPLOY,
    LOOK,
    STATES,
    assert_nothing_queued,
    assert_queued_once,
    result_of,
    to_group,
)
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import Machine, World, a_client

MINUTES = 60.0


def in_doubt(world: World[Jamf], when: str = "after", machine: Machine | None = None) -> Machine:
    """Lose the answer to a deployment, and return it in doubt."""
    world.vendor.fault("reset", DEPLOY, when=when)
    machine = machine or world.accept()
    machine.step()
    assert machine.now().intent is not None
    return machine


def assert_unknown(machine: Machine) -> str:
    """Run a deployment to its end, which nobody can tell; return what a human is told."""
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.UNKNOWN, "OutcomeUnknownError")
    assert machine.world.vendor.sent() == 1
    assert task.problem is not None
    return task.problem.message


def test__queued__found_with_the_states_of_its_commands(world: World[Jamf]) -> None:
    world.vendor.computer(12, state="ACKNOWLEDGED")
    machine = in_doubt(world)
    assert machine.run().status is Status.SUCCESS
    result = result_of(machine.now())
    uuids = {one["device"]: one["uuid"] for one in world.vendor.commands()}
    states = {11: "PENDING", 12: "ACKNOWLEDGED", 13: "PENDING"}
    assert result["commands"] == [
        {"device": one, "command_uuid": uuids[one], "state": states[one]} for one in DEVICES
    ]
    assert (result["queued"], result["found_by_lookup"]) == (3, True)
    assert_queued_once(world)


@pytest.mark.parametrize("state", ["ERROR", "COMMAND_FORMAT_ERROR"])
def test__a_command_has_failed_by_then__failed_in_part(world: World[Jamf], state: str) -> None:
    world.vendor.computer(12, state=state)
    machine = in_doubt(world)
    assert machine.run().status is Status.FAILED
    assert machine.error_type == "PartialFailureError"
    assert [one["state"] for one in result_of(machine.now())["commands"]][1] == state


def test__many_devices__found_and_asked_for_in_parts(world: World[Jamf]) -> None:
    devices = list(range(1000, 1101))
    for device in devices:
        world.vendor.computer(device)
    machine = in_doubt(world, machine=world.accept(device_ids=devices))
    assert machine.run().status is Status.SUCCESS
    result = result_of(machine.now())
    assert {one["state"] for one in result["commands"]} == {"PENDING"}
    assert len(world.vendor.requests("GET", "/computers-inventory")) == 2
    asked = world.vendor.requests("GET", "/mdm/commands")
    assert sum("uuid%3D%3D" in one["query"] for one in asked) == 3
    assert_queued_once(world, *devices)


@pytest.mark.parametrize("page", [1, 2, 3])
def test__list_in_pages__read_to_its_end(world: World[Jamf], page: int) -> None:
    world.vendor.script(largest_page=page)
    assert in_doubt(world).run().status is Status.SUCCESS
    assert_queued_once(world)


@pytest.mark.parametrize(("lag", "end"), [(30, Status.SUCCESS), (115, Status.SUCCESS)])
def test__shows_late__waited_for(world: World[Jamf], lag: int, end: Status) -> None:
    world.vendor.script(lag_seconds=lag)
    machine = in_doubt(world)
    assert machine.run().status is end
    assert_queued_once(world)


@pytest.mark.parametrize("lag", [0, 400])
def test__not_queued_or_not_shown__unknown_and_never_sent_again(
    world: World[Jamf], lag: int
) -> None:
    world.vendor.script(lag_seconds=lag)
    began = world.clock.now()
    assert "proves nothing" in assert_unknown(in_doubt(world, "after" if lag else "before"))
    assert world.clock.now() - began >= timedelta(minutes=2)


def test__package_commands_are_not_listed_at_all__unknown(world: World[Jamf]) -> None:
    world.vendor.script(lists_packages=False)
    assert_unknown(in_doubt(world))
    assert_queued_once(world)


@pytest.mark.parametrize("when", ["before", "after"])
def test__group__unknown_with_what_there_is(world: World[Jamf], when: str) -> None:
    told = assert_unknown(in_doubt(world, when, to_group(world)))
    assert all(one["uuid"] in told for one in world.vendor.commands())


def test__device_was_refused__the_rest_proves_nothing(world: World[Jamf]) -> None:
    machine = world.accept(device_ids=[11, REFUSED_DEVICE])
    assert "any of 1 commands" in assert_unknown(in_doubt(world, machine=machine))


@pytest.mark.parametrize("device", [11, 20])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["INSTALL_ENTERPRISE_APPLICATION", "INSTALL_PACKAGE", None])
def test__somebody_sends_a_package_meanwhile__unknown(
    world: World[Jamf], device: int, when: str, kind: str | None
) -> None:
    machine = in_doubt(world, when)
    world.vendor.somebody_sends(device, command_type=kind)
    assert_unknown(machine)


@pytest.mark.parametrize("kind", ["DEVICE_INFORMATION", "INSTALL_PROFILE"])
def test__somebody_sends_something_else__no_doubt(world: World[Jamf], kind: str) -> None:
    machine = in_doubt(world)
    world.vendor.somebody_sends(11, command_type=kind)
    assert machine.run().status is Status.SUCCESS


@pytest.mark.parametrize("ahead", [-60 * MINUTES, -1.0, 0.0, 1.0, 60 * MINUTES])
def test__sent_by_somebody_just_before__never_taken_for_ours(
    world: World[Jamf], ahead: float
) -> None:
    """Whatever the two clocks say of each other."""
    world.vendor.script(now=(world.clock.now() + timedelta(seconds=ahead)).isoformat())
    for device in DEVICES:
        world.vendor.somebody_sends(device)
    world.clock.advance(0.002)
    assert_unknown(in_doubt(world, "before"))


@pytest.mark.parametrize("ahead", [-60 * MINUTES, -1.0, 1.0, 60 * MINUTES])
def test__jamf_s_clock_is_wrong__found_by_its_own_time(world: World[Jamf], ahead: float) -> None:
    world.vendor.script(now=(world.clock.now() + timedelta(seconds=ahead)).isoformat())
    assert in_doubt(world).run().status is Status.SUCCESS
    assert_queued_once(world)


def test__two_deployments_to_the_same_devices__the_second_waits_for_the_doubt_to_pass(
    world: World[Jamf],
) -> None:
    first = in_doubt(world, "before")
    second = world.accept()
    second.step()
    assert second.error_type == "ResourceBusyError"
    assert second.run().status is Status.SUCCESS
    assert first.run().status is Status.UNKNOWN
    assert_queued_once(world)


def test__other_node_of_the_cluster__cookie_shows_what_was_queued(world: World[Jamf]) -> None:
    world.vendor.script(cluster_lag_seconds=3600)
    assert in_doubt(world).run().status is Status.SUCCESS


def test__another_environment_on_the_other_node__unknown_rather_than_again(
    world: World[Jamf],
) -> None:
    world.vendor.script(cluster_lag_seconds=3600)
    machine = in_doubt(world)
    with a_client(world.clock) as elsewhere:
        world.deployment = world.with_http(elsewhere)
        assert_unknown(machine)
    assert_queued_once(world)


def test__no_right_to_read_computers__unknown(world: World[Jamf]) -> None:
    world.vendor.script(may_read_computers=False)
    assert_unknown(in_doubt(world))


@pytest.mark.parametrize("call", [LOOK, COMPUTERS])
@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
def test__look_up_fails_once__looked_up_again(world: World[Jamf], call: str, kind: str) -> None:
    machine = in_doubt(world)
    world.vendor.fault(kind, call)
    assert machine.run().status is Status.SUCCESS
    assert world.vendor.hits() == 2
    assert_queued_once(world)


@pytest.mark.parametrize("kind", ["malformed", "html", "reset"])
def test__states_cannot_be_read__queued_all_the_same(world: World[Jamf], kind: str) -> None:
    machine = in_doubt(world)
    world.vendor.fault(kind, STATES, count=None)
    assert machine.run().status is Status.SUCCESS
    assert [one["state"] for one in result_of(machine.now())["commands"]] == [None] * 3


def test__nothing_is_queued_by_looking(world: World[Jamf]) -> None:
    assert_unknown(in_doubt(world, "before"))
    assert_nothing_queued(world)

"""What a deployment asks of Jamf Pro when all is well, and what it reports."""

import pytest

from breakwater.domain.status import Status
from infra.local.standins.jamf import DEVICES
from tests.contract.connectors.jamf.calls import (
    BUNDLE,
    DEPLOY,
    assert_queued_once,
    result_of,
    to_group,
)
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import World


def test__devices__queued_for_each_and_done(world: World[Jamf]) -> None:
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [Status.SUCCESS]
    assert result_of(task) == {
        "bundle_id": BUNDLE,
        "bundle_version": "2.4.1",
        "group_id": None,
        "queued": 3,
        "commands": [
            {"device": one["device"], "command_uuid": one["uuid"]}
            for one in world.vendor.commands()
        ],
        "commands_not_listed": 0,
        "refused": 0,
        "errors": [],
        "errors_not_listed": 0,
        "found_by_lookup": False,
    }
    assert (task.intent, task.problem, task.retries) == (None, None, 0)
    assert task.handle == task.result
    assert world.leases.held == {}
    assert_queued_once(world)


def test__group__queued_for_each_of_its_devices(world: World[Jamf]) -> None:
    task = to_group(world).run()
    assert task.status is Status.SUCCESS
    result = result_of(task)
    assert (result["group_id"], result["queued"]) == ("1", 3)
    assert [one["device"] for one in result["commands"]] == list(DEVICES)
    assert_queued_once(world)


def test__202_without_a_body__queued_and_no_more_is_known(world: World[Jamf]) -> None:
    world.vendor.script(verbose=False)
    task = world.accept().run()
    assert task.status is Status.SUCCESS
    result = result_of(task)
    assert (result["queued"], result["commands"], result["errors"]) == (None, [], [])
    assert_queued_once(world)


def test__same_deployment_twice__is_two_deployments(world: World[Jamf]) -> None:
    """Jamf does not deduplicate, and whoever asks twice wants it twice."""
    for _ in range(2):
        assert world.accept().run().status is Status.SUCCESS
    assert world.vendor.posts() == 2
    assert world.vendor.queued(DEVICES[0], BUNDLE) == 2


def test__one_login_for_all__until_it_ends(world: World[Jamf]) -> None:
    """A token of 60 s is used for 48 of them."""
    for _ in range(3):
        world.accept().run()
    assert world.vendor.effects("login", "tokens") == 1
    world.clock.advance(47)
    world.accept().run()
    assert world.vendor.effects("login", "tokens") == 1
    world.clock.advance(1)
    world.accept().run()
    assert world.vendor.effects("login", "tokens") == 2
    refused = [one for one in world.vendor.requests("GET", "/mdm") if one["status"] != 200]
    assert refused == []


@pytest.mark.parametrize("lifetime", [1, 60, 1200])
def test__any_lifetime__deployments_succeed(world: World[Jamf], lifetime: int) -> None:
    world.vendor.script(token_lifetime_seconds=lifetime)
    for _ in range(3):
        assert world.accept().run().status is Status.SUCCESS
        world.clock.advance(lifetime)
    assert world.vendor.posts() == 3


def test__many_devices__a_bounded_report(world: World[Jamf]) -> None:
    body = {
        "queuedCommands": [{"device": one, "commandUuid": f"u-{one}"} for one in range(1, 251)],
        "errors": [],
    }
    world.vendor.fault("status", DEPLOY, status=200, body=body)
    result = result_of(world.accept(device_ids=list(range(1, 251))).run())
    assert (result["queued"], len(result["commands"])) == (250, 200)
    assert (result["commands_not_listed"], result["errors"]) == (50, [])

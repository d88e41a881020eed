"""What the next attempt makes of a launch that got no answer."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from infra.local.standins.ansible import TEMPLATE
from tests.contract.connectors.ansible.calls import (
    LOOK,
    in_doubt,
)
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS = Status.RUNNING, Status.RETRYING, Status.SUCCESS


def test__intent__names_the_template_and_the_label(world: World[Ansible]) -> None:
    machine = in_doubt(world)
    intent = machine.now().intent
    assert intent is not None
    assert intent["label"] == f"breakwater-{machine.task.mark}"
    assert intent["job_template_id"] == str(TEMPLATE)


def test__variables__stand_in_no_intent_and_no_handle(world: World[Ansible]) -> None:
    machine = in_doubt(world)
    assert "hush-hush" not in repr(machine.now())
    machine.step()
    assert machine.now().handle
    assert "hush-hush" not in repr(machine.now()) + repr(world.executions.events)


def test__it_arrived__found_by_its_label_and_followed(world: World[Ansible]) -> None:
    machine = in_doubt(world)
    task = machine.run()
    assert machine.statuses == [RETRYING, RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["job_id"] == world.vendor.jobs()[0]["id"]
    assert world.vendor.launches() == 1


def test__it_did_not__launched_again_when_it_would_have_shown(world: World[Ansible]) -> None:
    machine = in_doubt(world, "before")
    left = machine.now().intent
    assert left is not None
    machine.step()
    assert machine.error_type == "ParkedError"
    assert (machine.now().intent, world.vendor.launches()) == (left, 0)
    assert machine.run().status is SUCCESS
    assert (world.vendor.launches(), machine.now().retries) == (1, 1)


@pytest.mark.parametrize("lag", [30, 120, 290])
def test__it_arrives_late__found_all_the_same(world: World[Ansible], lag: int) -> None:
    world.vendor.template(visibility_lag_seconds=lag)
    assert in_doubt(world).run().status is SUCCESS
    assert world.vendor.launches() == 1


def test__somebody_starts_it_again_by_hand__the_task_follows_its_own(
    world: World[Ansible],
) -> None:
    machine = in_doubt(world)
    (ours,) = world.vendor.jobs()
    theirs = world.vendor.relaunch(ours["id"])
    task = machine.run()
    assert task.result is not None
    assert task.result["job_id"] == ours["id"] != theirs


def test__another_task_launches_the_same__not_taken_for_it(world: World[Ansible]) -> None:
    machine = in_doubt(world, "before")
    assert world.accept().run().status is SUCCESS
    assert machine.run().status is SUCCESS
    assert world.vendor.launches() == 2
    assert len({one["labels"][0] for one in world.vendor.jobs()}) == 2


NO_RESULTS: list[Any] = [None, [7], [{}], [{"id": "7"}]]


@pytest.mark.parametrize("body", [[], {}, None, *({"results": one} for one in NO_RESULTS)])
def test__look_up_gets_nonsense__no_absence(world: World[Ansible], body: Any) -> None:
    machine = in_doubt(world)
    world.clock.advance(3600 - 900)
    world.vendor.fault("status", LOOK, status=200, body=body)
    assert machine.run().status is SUCCESS
    assert (world.vendor.launches(), world.vendor.hits()) == (1, 2)

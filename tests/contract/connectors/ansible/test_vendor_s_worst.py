"""How a deployment ends, by what only a controller does."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.ansible.calls import SUBJECT, assert_launched_once
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS = Status.RUNNING, Status.RETRYING, Status.SUCCESS


def test__token_is_rotated_on_the_way__read_again_and_nobody_notices(
    world: World[Ansible],
) -> None:
    machine, number = world.accept(), 0
    while not machine.now().status.is_terminal:
        number += 1
        world.secret["token"] = f"token-{number}"
        world.vendor.change(token=f"token-{number}")
        machine.step()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert_launched_once(world)


@pytest.mark.parametrize("body", [[], {}, None, "text", 7, [{"id": 1}], {"id": "7", "job": True}])
@pytest.mark.parametrize("call", SUBJECT.calls)
def test__json_of_another_shape__taken_for_a_passing_fault(
    world: World[Ansible], call: str, body: Any
) -> None:
    times = 3 if isinstance(body, str) else 1  # what is no JSON is asked for again at once
    world.vendor.fault("status", call, count=times, status=200, body=body, when="after")
    machine = world.accept()
    assert machine.run().status is SUCCESS
    assert RETRYING in machine.statuses
    assert_launched_once(world)


def test__controller_migrates__waited_out(world: World[Ansible]) -> None:
    world.vendor.change(migrating=True)
    machine = world.accept()
    machine.step()
    assert (machine.statuses, machine.error_type) == ([RETRYING], "TransientError")
    world.vendor.change(migrating=False)
    assert machine.run().status is SUCCESS
    assert_launched_once(world)

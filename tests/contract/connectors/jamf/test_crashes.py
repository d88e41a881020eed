"""What the next attempt makes of a deployment that the last one left in doubt."""

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.crashes import invoke_with, killed
from tests.contract.connectors.jamf.calls import (
    COMPUTERS,
    DEPLOY,
    LOOK,
    SUBJECT,
    assert_queued_once,
    to_group,
)
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import World


def test__intent__says_between_which_moments_it_was_sent(world: World[Jamf]) -> None:
    intent = SUBJECT.in_doubt(world).now().intent
    assert intent is not None
    assert intent["since"] < intent["until"]


def test__token_ends_between_two_calls__renewed_and_sent_once(world: World[Jamf]) -> None:
    machine = world.accept()
    once = iter([world.vendor.expire_tokens])
    invoke_with(world, machine, DEPLOY, before=lambda: next(once, lambda: None)())
    assert machine.now().status is Status.SUCCESS
    assert world.vendor.effects("login", "tokens") == 2
    assert world.vendor.sent() == 2
    assert_queued_once(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test__group__killed_around_the_effect__unknown_and_never_sent_again(
    world: World[Jamf], moment: str
) -> None:
    machine = to_group(world)
    killed(world, machine, moment, DEPLOY)
    machine.retry()
    assert machine.run().status is Status.UNKNOWN
    assert world.vendor.sent() == world.vendor.posts() == (moment == "after")


@pytest.mark.parametrize("call", [LOOK, COMPUTERS])
@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_while_looking__looked_up_again(world: World[Jamf], moment: str, call: str) -> None:
    machine = world.accept()
    killed(world, machine, "after", DEPLOY)
    machine.retry()
    killed(world, machine, moment, call)
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert_queued_once(world)

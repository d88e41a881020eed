"""How a deployment ends, by what only Jamf Pro does."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.jamf.calls import (
    DEPLOY,
    LOGIN,
    assert_nothing_queued,
    assert_queued_once,
    result_of,
    to_group,
)
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED, UNKNOWN = (
    Status.RETRYING,
    Status.SUCCESS,
    Status.FAILED,
    Status.UNKNOWN,
)
AT_ONCE, LATER = [SUCCESS], [RETRYING, SUCCESS]


def test__optimistic_lock__read_anew_and_sent_once_more(world: World[Jamf]) -> None:
    world.vendor.script(conflicts=1)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert world.vendor.sent() == 2
    assert len(world.vendor.requests("GET", "/mdm/commands")) == 2
    assert_queued_once(world)


def test__optimistic_lock_again__failed(world: World[Jamf]) -> None:
    world.vendor.script(conflicts=2)
    machine = world.accept()
    task = machine.run()
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", 409)
    assert (task.status, task.intent, world.vendor.sent()) == (FAILED, None, 2)
    assert_nothing_queued(world)


def test__answer_lost_after_an_optimistic_lock__looked_up(world: World[Jamf]) -> None:
    world.vendor.script(conflicts=1)
    world.vendor.fault("delay", DEPLOY, seconds=0.001)  # takes the first of the two
    world.vendor.fault("reset", DEPLOY, when="after")
    machine = world.accept()
    machine.run()
    assert machine.statuses == LATER
    assert world.vendor.sent() == 2
    assert_queued_once(world)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, None),
        (200, []),
        (200, {}),
        (200, {"queuedCommands": []}),
        (200, {"queuedCommands": None, "errors": []}),
        (200, {"queuedCommands": ["x"], "errors": []}),
        (200, {"queuedCommands": [{"device": 11}], "errors": []}),
        (200, {"queuedCommands": [{"device": 11, "commandUuid": "a,uuid==b"}], "errors": []}),
        (202, {"accepted": True}),
        (204, None),
    ],
)
def test__answer_that_is_none__in_doubt_and_looked_up(
    world: World[Jamf], status: int, body: Any
) -> None:
    world.vendor.fault("status", DEPLOY, when="after", status=status, body=body)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == LATER
    assert result_of(task)["found_by_lookup"] is True
    assert_queued_once(world)


def test__group_and_a_200_without_a_body__unknown_and_never_sent_twice(
    world: World[Jamf],
) -> None:
    world.vendor.fault("status", DEPLOY, when="after", status=200)
    assert to_group(world).run().status is UNKNOWN
    assert_queued_once(world)


@pytest.mark.parametrize("body", [None, [], "token", {}, {"expires_in": 60}, {"access_token": ""}])
def test__login_without_a_token__tried_again_and_certainly_without_effect(
    world: World[Jamf], body: Any
) -> None:
    times = 3 if isinstance(body, str) else 1  # what is no JSON is asked for again at once
    world.vendor.fault("status", LOGIN, count=times, status=200, body=body)
    machine = world.accept()
    machine.step()
    assert (machine.error_type, machine.now().intent) == ("TransientError", None)
    assert machine.run().status is SUCCESS
    assert_queued_once(world)

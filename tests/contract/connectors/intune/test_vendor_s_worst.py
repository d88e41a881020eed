"""How a deployment ends, by what only Intune does."""

from datetime import timedelta

import pytest

from breakwater.domain.status import Status
from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors.intune.calls import (
    ASSIGN,
    OTHERS,
    SUBJECT,
    arrange,
    assert_assigned_once,
    assert_untouched,
)
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED = Status.RETRYING, Status.SUCCESS, Status.FAILED
AT_ONCE, LATER = [SUCCESS], [RETRYING, SUCCESS]


@pytest.fixture(autouse=True)
def app_with_assignments(world: World[Intune]) -> None:
    arrange(world)


def test__vendor_is_well__assigned_at_once(world: World[Intune]) -> None:
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [SUCCESS]
    assert task.result == {
        "app_id": PUBLISHED_APP,
        "group_id": GROUP,
        "intent": "required",
        "already_assigned": False,
    }
    assert (task.intent, task.problem, task.retries) == (None, None, 0)
    assert_assigned_once(world)
    assert world.leases.held == {}
    ids = {one["headers"].get("client-request-id") for one in world.vendor.requests("GET", "v1.0")}
    assert ids == {task.correlation_id}


def test__assigned_before__no_second_effect(world: World[Intune]) -> None:
    world.accept().run()
    task = world.accept().run()
    assert task.result is not None
    assert task.result["already_assigned"] is True
    assert world.vendor.posts(PUBLISHED_APP) == 1
    assert world.vendor.effects("login", "tokens") == 1


@pytest.mark.parametrize("asked", ["2", "1.5"])
@pytest.mark.parametrize("call", SUBJECT.repeatable)
def test__asked_to_wait_a_moment__sat_out_within_the_step(
    world: World[Intune], call: str, asked: str
) -> None:
    world.vendor.fault("status", call, status=429, retry_after=asked)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert any(slept >= float(asked) for slept in world.clock.slept)
    assert_assigned_once(world)


def test__429_after_the_effect__found_all_the_same(world: World[Intune]) -> None:
    """Nothing is kept of what a 429 has certainly not done: the next attempt reads it."""
    world.vendor.fault("status", ASSIGN, status=429, when="after")
    machine = world.accept()
    machine.run()
    assert machine.statuses == LATER
    assert_assigned_once(world)


@pytest.mark.parametrize("state", ["notPublished", "processing"])
def test__app_is_not_published__failed_at_once(world: World[Intune], state: str) -> None:
    world.vendor.app(PUBLISHED_APP, publishingState=state)
    machine = world.accept()
    assert machine.run().status is FAILED
    assert machine.error_type == "PermanentError"
    assert_untouched(world)


def test__vendor_s_own_limit_is_reached__parked_until_the_window_has_passed(
    world: World[Intune],
) -> None:
    world.vendor.limits(writes_per_window=1, window_seconds=3600)
    world.accept(group_id=OTHERS[0]["target"]["groupId"]).run()
    machine = world.accept(deadline=timedelta(hours=3))
    machine.run()
    assert machine.statuses == LATER
    # Early calls count too, at this vendor: it was asked exactly once more.
    assert len(world.vendor.requests("POST", "/assign")) == 3

"""A request whose answer was lost: which activity was it, if any, and is it ever begun twice."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.status import Status
from infra.local.standins.landscape import API_USER
from tests.contract.connectors.landscape.calls import (
    PACKAGES,
    SNAPS,
    SNAPS_PAYLOAD,
    assert_installed_once,
    logged_in,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import Machine, World

SUCCESS, UNKNOWN = Status.SUCCESS, Status.UNKNOWN
PERSON = "jane@standin.example"


def in_doubt(world: World[Landscape], when: str = "after", **payload: Any) -> Machine:
    """Return a deployment whose one request got no answer; it has arrived, or it has not."""
    logged_in(world).vendor.fault("reset", PACKAGES, when=when)
    machine = world.accept(**payload)
    machine.step()
    assert machine.now().intent is not None
    return machine


def test__it_arrived__found_and_followed(world: World[Landscape]) -> None:
    machine = in_doubt(world)
    task = machine.run()
    assert machine.statuses == [Status.RETRYING, Status.RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}
    assert_installed_once(world)


def test__it_did_not__begun_again_after_the_delay(world: World[Landscape]) -> None:
    machine = in_doubt(world, "before")
    left = machine.now().intent
    assert left is not None
    machine.step()
    assert machine.error_type == "ParkedError"
    assert world.vendor.installs("packages", "nginx") == 0
    assert machine.run().status is SUCCESS
    assert_installed_once(world)
    assert machine.now().retries == 1


def test__it_shows_late__found_all_the_same(world: World[Landscape]) -> None:
    logged_in(world).vendor.script(visibility_lag_seconds=100)
    machine = in_doubt(world)
    assert machine.run().status is SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("payload", ["packages", "snaps"])
def test__it_arrives_when_it_was_given_up_long_ago__found(
    world: World[Landscape], payload: str
) -> None:
    logged_in(world)
    machine = world.accept()
    if payload == "snaps":
        machine.payload = SNAPS_PAYLOAD
    world.vendor.fault("hang", {"packages": PACKAGES, "snaps": SNAPS}[payload], when="after")
    machine.step()
    assert machine.run().status is SUCCESS
    assert world.vendor.installs(payload) == (1 if payload == "snaps" else 2)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test__several_packages__found_by_their_names(world: World[Landscape], count: int) -> None:
    packages = ["nginx", "vim", "git", "haskell-mode", "python-mode"][:count]
    machine = in_doubt(world, packages=packages)
    assert machine.run().status is SUCCESS
    assert world.vendor.installs("packages", " ".join(packages)) == 1


@pytest.mark.parametrize("earlier", [1, 120, 540])
@pytest.mark.parametrize("when", ["before", "after"])
def test__the_same_was_begun_before_for_other_computers__not_taken_for_it(
    world: World[Landscape], when: str, earlier: int
) -> None:
    logged_in(world)
    ring = world.accept(query="tag:desktop")
    ring.step()
    world.clock.advance(earlier)
    world.vendor.fault("reset", PACKAGES, when=when)
    machine = world.accept()
    machine.step()
    intent = machine.now().intent
    assert intent is not None
    assert intent["known"] == str(world.vendor.parents()[1]["id"])
    task = machine.run()
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}
    assert ring.run().status is SUCCESS
    assert world.vendor.installs("packages", "nginx") == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test__the_same_is_asked_meanwhile__kept_apart_by_the_lease_and_then_by_time(
    world: World[Landscape], when: str
) -> None:
    machine = in_doubt(world, when)
    other = world.accept(query="tag:desktop")
    other.step()
    assert other.error_type == "ResourceBusyError"
    world.clock.advance(30)  # the lease has ended, and the doubt has not
    other.step()
    assert other.now().handle
    # Begun within the delay, and by a request like ours: it may not be taken for ours.
    assert machine.run().status is UNKNOWN
    assert other.run().status is SUCCESS
    assert world.vendor.installs("packages", "nginx") == (2 if when == "after" else 1)


def test__others_install_other_things_meanwhile__no_matter(world: World[Landscape]) -> None:
    machine = in_doubt(world)
    for summary in (
        "Install package vim",
        "Install packages nginx and vim",
        "Install snaps on computer",
        "Remove package nginx",
        "Restart computer",
    ):
        world.vendor.somebody_begins(summary, API_USER, 31)
    assert machine.run().status is SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("arrived", ["before", "after"])
@pytest.mark.parametrize(
    "summary", ["Install package nginx", "Install nginx", "Install packages ng...", None]
)
def test__another_could_be_it__unknown_and_never_begun_again(
    world: World[Landscape], summary: str | None, arrived: str
) -> None:
    machine = in_doubt(world, arrived)
    world.clock.advance(90)
    other = world.vendor.somebody_begins(summary, API_USER)
    task = machine.run()
    assert (task.status, machine.error_type) == (UNKNOWN, "OutcomeUnknownError")
    assert task.problem is not None
    assert other in task.problem.message
    assert world.vendor.installs("packages", "nginx") == (1 if arrived == "after" else 0)


def test__another_user_begins_the_same__unknown(world: World[Landscape]) -> None:
    machine = in_doubt(world, "before")
    world.vendor.somebody_begins("Install package nginx", PERSON, 21)
    assert machine.run().status is UNKNOWN
    assert world.vendor.installs("packages", "nginx") == 0


def test__another_user_begins_the_same_and_it_arrived__found(world: World[Landscape]) -> None:
    machine = in_doubt(world)
    world.vendor.somebody_begins("Install package nginx", PERSON, 21)
    assert machine.run().status is SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("when", ["before", "after"])
def test__api_user_is_mistaken__never_begun_twice(world: World[Landscape], when: str) -> None:
    world.vendor.settings["api_user"] = "nobody@standin.example"
    machine = in_doubt(world, when)
    task = machine.run()
    assert task.status is (UNKNOWN if when == "after" else SUCCESS)
    assert world.vendor.installs("packages", "nginx") == 1


@pytest.mark.parametrize(
    ("seconds", "end"),
    [
        (-500, UNKNOWN),
        (-60, UNKNOWN),
        (-20, SUCCESS),
        (20, SUCCESS),
        (120, UNKNOWN),
        (900, UNKNOWN),
    ],
)
def test__clocks_differ__found_or_unknown_and_never_begun_twice(
    world: World[Landscape], seconds: int, end: Status
) -> None:
    logged_in(world)
    now = world.clock.now() + timedelta(seconds=seconds)
    world.vendor.script(now=now.isoformat())
    machine = in_doubt(world)
    assert machine.run().status is end
    assert world.vendor.installs("packages", "nginx") == 1


def test__list_fails_while_it_is_looked_for__tried_again(world: World[Landscape]) -> None:
    machine = in_doubt(world)
    world.vendor.fault("status", "GET created-after", count=3, status=503)
    assert machine.run().status is SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("body", [{}, [], None, {"id": "7"}, {"id": True}])
def test__answer_without_an_id__looked_for(world: World[Landscape], body: Any) -> None:
    logged_in(world).vendor.fault("status", PACKAGES, when="after", status=200, body=body)
    machine = world.accept()
    machine.step()
    assert machine.now().intent is not None
    assert machine.run().status is SUCCESS
    assert_installed_once(world)

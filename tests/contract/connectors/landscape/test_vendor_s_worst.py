"""How a deployment ends, by what the vendor does to each of its calls."""

import time

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.calls import (
    BEFORE,
    CHILDREN,
    LOGIN,
    PACKAGES,
    READ,
    SNAPS,
    SNAPS_PAYLOAD,
    assert_installed_once,
    assert_nothing_begun,
    logged_in,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED
WELL, LATER = [RUNNING, SUCCESS], [RETRYING, RUNNING, SUCCESS]
BAD = [408, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("call", [BEFORE, PACKAGES])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 422])
def test__refused_before_it_began__failed_at_once(
    world: World[Landscape], call: str, status: int
) -> None:
    logged_in(world).vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert (task.intent, task.retries, world.vendor.hits()) == (None, 0, 1)
    assert_nothing_begun(world)
    assert world.leases.held == {}


@pytest.mark.parametrize("status", [400, 403, 404])
def test__login_refused__failed_with_nothing_begun(world: World[Landscape], status: int) -> None:
    world.vendor.fault("status", LOGIN, count=None, status=status)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (FAILED, "PermanentError")
    assert_nothing_begun(world)


@pytest.mark.parametrize("call", [READ, CHILDREN])
@pytest.mark.parametrize("status", [400, 403, 404])
def test__refused_afterwards__failed_and_not_begun_again(
    world: World[Landscape], call: str, status: int
) -> None:
    world.vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (FAILED, "PermanentError")
    assert world.vendor.hits() == 1
    assert world.vendor.installs("packages", "nginx") == 1


@pytest.mark.parametrize("call", [BEFORE, PACKAGES, READ, CHILDREN])
def test__401_once__one_login_and_on(world: World[Landscape], call: str) -> None:
    logged_in(world).vendor.fault("status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == WELL
    assert world.vendor.effects("login", "tokens") == 2
    assert_installed_once(world)


@pytest.mark.parametrize("call", [BEFORE, READ, CHILDREN])
def test__401_for_ever__failed_after_one_login(world: World[Landscape], call: str) -> None:
    world.vendor.fault("status", call, count=None, status=401)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (FAILED, "PermanentError")
    assert world.vendor.hits() == 2


def test__wrong_secret__failed_and_it_is_told_nowhere(world: World[Landscape]) -> None:
    world.secret["secret_key"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    assert world.vendor.requests("GET", "/") == []


@pytest.mark.parametrize("call", [LOGIN, BEFORE, SNAPS, READ, CHILDREN])
@pytest.mark.parametrize("asked", ["45", "37.5"])
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Landscape], call: str, asked: str
) -> None:
    world.vendor.fault("status", call, status=429, retry_after=asked)
    machine = world.accept()
    machine.payload = SNAPS_PAYLOAD
    while world.vendor.hits() == 0:
        started = world.clock.now()
        machine.step()
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    assert world.vendor.installs("snaps", "hello") == 1


@pytest.mark.parametrize("status", BAD)
@pytest.mark.parametrize("call", [LOGIN, BEFORE, READ, CHILDREN])
@pytest.mark.parametrize("times", [2, 3])
def test__transient_status_around_the_effect__tried_again(
    world: World[Landscape], call: str, status: int, times: int
) -> None:
    world.vendor.fault("status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert task.status is SUCCESS
    assert task.retries == (1 if times == 3 else 0)
    assert_installed_once(world)


@pytest.mark.parametrize("payload", ["packages", "snaps"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", BAD)
def test__transient_status_on_the_effect__sent_once_then_looked_up(
    world: World[Landscape], status: int, when: str, payload: str
) -> None:
    call = {"packages": PACKAGES, "snaps": SNAPS}[payload]
    logged_in(world).vendor.fault("status", call, status=status, when=when)
    machine = world.accept()
    if payload == "snaps":
        machine.payload = SNAPS_PAYLOAD
    arrived = world.vendor.begun()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert world.vendor.begun() == arrived + 1
    # Of a 429 it is known that nothing came of it, by the contract of every vendor.
    assert (machine.now().intent is None) == (status == 429)
    if (status, when) == (429, "after"):
        return  # what a vendor that lies about it deserves
    assert machine.run().status is SUCCESS
    names = "hello" if payload == "snaps" else "nginx"
    assert world.vendor.installs(payload, names) == 1


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [LOGIN, BEFORE, PACKAGES, READ, CHILDREN])
def test__answer_that_cannot_be_used__succeeds_in_the_end_and_nothing_is_begun_twice(
    world: World[Landscape], call: str, kind: str, when: str
) -> None:
    if call != LOGIN:
        logged_in(world)
    world.vendor.fault(kind, call, when=when)
    began = time.monotonic()
    machine = world.accept()
    task = machine.run()
    assert world.vendor.hits() == 1
    assert task.status is SUCCESS
    assert_installed_once(world)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("from_first_byte", [False, True])
@pytest.mark.parametrize("call", [LOGIN, BEFORE, PACKAGES, READ, CHILDREN])
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Landscape], call: str, from_first_byte: bool
) -> None:
    if call != LOGIN:
        logged_in(world)
    world.vendor.fault(
        "trickle", call, when="after", interval_seconds=0.1, from_first_byte=from_first_byte
    )
    began = time.monotonic()
    assert world.accept().run().status is SUCCESS
    assert_installed_once(world)
    assert time.monotonic() - began < 3


def test__vendor_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Landscape],
) -> None:
    world.vendor.fault("html", count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert (task.retries, world.vendor.hits()) == (3, 12)
    assert_nothing_begun(world)

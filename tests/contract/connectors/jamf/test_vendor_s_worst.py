"""How a deployment ends, by what Jamf Pro does to each of its calls."""

import time
from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.jamf.calls import (
    BEFORE,
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
BAD = [408, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("call", [LOGIN, BEFORE, DEPLOY])
@pytest.mark.parametrize("status", [400, 403, 404, 415, 422])
def test__definite_refusal__failed_at_once(world: World[Jamf], call: str, status: int) -> None:
    world.vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert task.problem.response_body
    assert (task.intent, task.retries, world.vendor.hits()) == (None, 0, 1)
    assert_nothing_queued(world)
    assert world.leases.held == {}


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


@pytest.mark.parametrize("call", [BEFORE, DEPLOY])
def test__401_once__one_login_and_on(world: World[Jamf], call: str) -> None:
    world.vendor.fault("status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert world.vendor.effects("login", "tokens") == 2
    assert_queued_once(world)


@pytest.mark.parametrize("call", [BEFORE, DEPLOY])
def test__401_for_ever__failed_after_one_login(world: World[Jamf], call: str) -> None:
    world.vendor.fault("status", call, count=None, status=401)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (FAILED, "PermanentError")
    assert world.vendor.hits() == 2
    assert_nothing_queued(world)


def test__wrong_secret__failed_and_it_is_told_nowhere(world: World[Jamf]) -> None:
    world.secret["client_secret"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert task.problem.status_code == 400
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    assert_nothing_queued(world)


@pytest.mark.parametrize("call", [LOGIN, BEFORE, DEPLOY])
@pytest.mark.parametrize("asked", ["45", "37.5"])
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Jamf], call: str, asked: str
) -> None:
    world.vendor.fault("status", call, status=429, retry_after=asked)
    machine = world.accept()
    started = world.clock.now()
    machine.step()
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    assert_queued_once(world)


@pytest.mark.parametrize("status", BAD)
@pytest.mark.parametrize("call", [LOGIN, BEFORE])
@pytest.mark.parametrize(("times", "statuses"), [(2, AT_ONCE), (3, LATER)])
def test__transient_status_before_the_effect__tried_again(
    world: World[Jamf], call: str, status: int, times: int, statuses: list[Status]
) -> None:
    world.vendor.fault("status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert (machine.statuses, task.retries) == (statuses, len(statuses) - 1)
    assert_queued_once(world)


@pytest.mark.parametrize("status", [one for one in BAD if one != 429])
@pytest.mark.parametrize(("when", "end"), [("before", UNKNOWN), ("after", SUCCESS)])
def test__transient_status_on_the_effect__sent_once_then_looked_up(
    world: World[Jamf], status: int, when: str, end: Status
) -> None:
    world.vendor.fault("status", DEPLOY, status=status, when=when)
    machine = world.accept()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert machine.now().intent is not None
    assert machine.run().status is end
    assert world.vendor.sent() == 1
    if when == "before":
        assert_nothing_queued(world)
    else:
        assert_queued_once(world)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [LOGIN, BEFORE, DEPLOY])
def test__answer_that_cannot_be_used__never_sent_twice(
    world: World[Jamf], call: str, kind: str, when: str
) -> None:
    world.vendor.fault(kind, call, when=when)
    began = time.monotonic()
    machine = world.accept()
    task = machine.run()
    assert (world.vendor.hits(), world.vendor.sent()) == (1, 1)
    if (call, when) == (DEPLOY, "before"):
        assert task.status is UNKNOWN
        assert_nothing_queued(world)
    else:
        assert task.status is SUCCESS
        assert_queued_once(world)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("from_first_byte", [False, True])
@pytest.mark.parametrize("call", [LOGIN, BEFORE, DEPLOY])
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Jamf], call: str, from_first_byte: bool
) -> None:
    world.vendor.fault(
        "trickle", call, when="after", interval_seconds=0.1, from_first_byte=from_first_byte
    )
    began = time.monotonic()
    assert world.accept().run().status is SUCCESS
    assert_queued_once(world)
    assert time.monotonic() - began < 3


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
    world.vendor.fault("status", LOGIN, status=200, body=body)
    machine = world.accept()
    machine.step()
    assert (machine.error_type, machine.now().intent) == ("TransientError", None)
    assert machine.run().status is SUCCESS
    assert_queued_once(world)


def test__vendor_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Jamf],
) -> None:
    world.vendor.fault("html", count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert (task.retries, world.vendor.hits()) == (3, 12)
    assert_nothing_queued(world)

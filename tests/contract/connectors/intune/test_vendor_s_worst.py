"""How a deployment ends, by what the vendor does to each of its calls."""

import time
from datetime import timedelta

import pytest

from breakwater.domain.status import Status
from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors.intune.crowd import (
    OTHERS,
    assert_assigned_once,
    assert_untouched,
)
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World

LOGIN = "POST /oauth2/v2.0/token"
APP = f"GET /mobileApps/{PUBLISHED_APP}"
READ = "GET /assignments"
ASSIGN = "POST /assign"
CALLS = [LOGIN, APP, READ, ASSIGN]

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED
AT_ONCE, LATER = [SUCCESS], [RETRYING, SUCCESS]


@pytest.fixture(autouse=True)
def app_with_assignments(world: World[Intune]) -> None:
    """Give the app assignments that nothing may take away."""
    world.vendor.app(PUBLISHED_APP, assignments=OTHERS, page_size=2)


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


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422])
def test__definite_refusal__failed_at_once(world: World[Intune], call: str, status: int) -> None:
    world.vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert task.problem.response_body
    assert (task.intent, task.retries) == (None, 0)
    assert world.vendor.hits() == 1
    assert_untouched(world)
    assert world.leases.held == {}


@pytest.mark.parametrize("call", [APP, READ, ASSIGN])
def test__401_once__one_refresh_and_on(world: World[Intune], call: str) -> None:
    world.vendor.fault("status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert world.vendor.effects("login", "tokens") == 2
    assert_assigned_once(world)


@pytest.mark.parametrize("call", [APP, READ, ASSIGN])
def test__401_for_ever__failed_after_one_refresh(world: World[Intune], call: str) -> None:
    world.vendor.fault("status", call, count=None, status=401)
    machine = world.accept()
    assert machine.run().status is FAILED
    assert (machine.error_type, world.vendor.hits()) == ("PermanentError", 2)
    assert_untouched(world)


def test__wrong_secret__failed_and_it_is_told_nowhere(world: World[Intune]) -> None:
    world.secret["client_secret"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    assert world.vendor.requests("GET", "v1.0") == []


BAD = [408, 429, 500, 502, 503, 504, 509]
LOCKED = 423


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("asked", ["45", "37.5"])
@pytest.mark.parametrize("status", [429, 503])
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Intune], call: str, asked: str, status: int
) -> None:
    world.vendor.fault("status", call, status=status, retry_after=asked)
    machine = world.accept()
    started = world.clock.now()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    assert_assigned_once(world)


@pytest.mark.parametrize("asked", ["2", "1.5"])
@pytest.mark.parametrize("call", [LOGIN, APP, READ])
def test__asked_to_wait_a_moment__sat_out_within_the_step(
    world: World[Intune], call: str, asked: str
) -> None:
    world.vendor.fault("status", call, status=429, retry_after=asked)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert any(slept >= float(asked) for slept in world.clock.slept)
    assert_assigned_once(world)


@pytest.mark.parametrize(
    ("call", "status"),
    [(call, status) for call in (LOGIN, APP, READ) for status in BAD]
    + [(APP, LOCKED), (READ, LOCKED)],
)
@pytest.mark.parametrize(("times", "statuses"), [(2, AT_ONCE), (3, LATER)])
def test__transient_status_before_the_effect__tried_again(
    world: World[Intune], call: str, status: int, times: int, statuses: list[Status]
) -> None:
    world.vendor.fault("status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == statuses
    assert task.retries == len(statuses) - 1
    assert_assigned_once(world)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [*BAD, LOCKED])
def test__transient_status_on_the_effect__sent_once_then_looked_up(
    world: World[Intune], status: int, when: str
) -> None:
    world.vendor.fault("status", ASSIGN, status=status, when=when)
    machine = world.accept()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert len(world.vendor.requests("POST", "/assign")) == 1
    assert (machine.now().intent is None) == (status == 429)
    machine.run()
    assert machine.statuses == LATER
    assert world.vendor.posts(PUBLISHED_APP) == 1
    assert_assigned_once(world)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test__answer_that_cannot_be_used__succeeds_in_the_end_and_nothing_is_lost_or_doubled(
    world: World[Intune], call: str, kind: str, when: str
) -> None:
    world.vendor.fault(kind, call, when=when)
    began = time.monotonic()
    machine = world.accept()
    machine.run()
    assert machine.statuses in (AT_ONCE, LATER)
    assert world.vendor.posts(PUBLISHED_APP) == 1
    assert_assigned_once(world)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("from_first_byte", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Intune], call: str, from_first_byte: bool
) -> None:
    world.vendor.fault(
        "trickle", call, when="after", interval_seconds=0.1, from_first_byte=from_first_byte
    )
    began = time.monotonic()
    machine = world.accept()
    machine.run()
    assert machine.statuses in (AT_ONCE, LATER)
    assert_assigned_once(world)
    assert time.monotonic() - began < 3


def test__vendor_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Intune],
) -> None:
    world.vendor.fault("status", count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert task.retries == 3
    assert world.vendor.hits() == 12
    assert_untouched(world)


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

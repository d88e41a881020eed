"""How a deployment ends, by what the provider does to each of its calls."""

import time
from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.sccm.calls import (
    BEFORE,
    CALLS,
    CLASSES,
    POST,
    READ,
    READS,
    assert_assigned_once,
    assert_untouched,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED = Status.RETRYING, Status.SUCCESS, Status.FAILED
AT_ONCE, LATER = [SUCCESS], [RETRYING, SUCCESS]
BAD = [408, 429, 500, 502, 503, 504]
ERROR = {"error": {"code": "InternalServerError", "message": "SMS Provider failed"}}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 415])
def test__definite_refusal__failed_at_once(world: World[Sccm], call: str, status: int) -> None:
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


@pytest.mark.parametrize("call", [*READS, POST])
def test__401_once__one_refresh_and_on(world: World[Sccm], call: str) -> None:
    world.vendor.fault("status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == AT_ONCE
    assert world.vendor.effects("login", "tokens") == 2
    assert_assigned_once(world)


@pytest.mark.parametrize("call", [*READS, POST])
def test__401_for_ever__failed_after_one_refresh(world: World[Sccm], call: str) -> None:
    world.vendor.fault("status", call, count=None, status=401)
    machine = world.accept()
    assert machine.run().status is FAILED
    assert (machine.error_type, world.vendor.hits()) == ("PermanentError", 2)
    assert_untouched(world)


def test__wrong_secret__failed_and_it_is_told_nowhere(world: World[Sccm]) -> None:
    world.secret["client_secret"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    assert world.vendor.requests("GET", CLASSES) == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("asked", ["45", "37.5"])
@pytest.mark.parametrize("status", [429, 503])
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Sccm], call: str, asked: str, status: int
) -> None:
    world.vendor.fault("status", call, status=status, retry_after=asked)
    machine = world.accept()
    started = world.clock.now()
    machine.step()
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    assert_assigned_once(world)


@pytest.mark.parametrize("status", BAD)
@pytest.mark.parametrize("call", BEFORE)
@pytest.mark.parametrize(("times", "statuses"), [(2, AT_ONCE), (3, LATER)])
def test__transient_status_before_the_effect__tried_again(
    world: World[Sccm], call: str, status: int, times: int, statuses: list[Status]
) -> None:
    world.vendor.fault("status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == statuses
    assert task.retries == len(statuses) - 1
    assert_assigned_once(world)


@pytest.mark.parametrize(
    ("status", "when"),
    # What was refused for load was not carried out: there is no 429 after the effect.
    [(status, "before") for status in BAD] + [(status, "after") for status in BAD if status != 429],
)
def test__transient_status_on_the_effect__sent_once_then_looked_up(
    world: World[Sccm], status: int, when: str
) -> None:
    world.vendor.fault("status", POST, status=status, when=when)
    machine = world.accept()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert posts(world) == 1
    assert (machine.now().intent is None) == (status == 429)
    machine.run()
    assert machine.statuses == LATER
    assert posts(world) == (2 if when == "before" else 1)
    assert_assigned_once(world)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test__answer_that_cannot_be_used__succeeds_in_the_end_and_nothing_is_doubled(
    world: World[Sccm], call: str, kind: str, when: str
) -> None:
    world.vendor.fault(kind, call, when=when)
    began = time.monotonic()
    machine = world.accept()
    machine.run()
    assert machine.statuses in (AT_ONCE, LATER)
    assert_assigned_once(world)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("from_first_byte", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Sccm], call: str, from_first_byte: bool
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


@pytest.mark.parametrize(
    "body",
    [
        ERROR,
        {"error": "no"},
        {},
        {"value": {}},
        {"value": [1]},
        [],
        None,
        "text",
        {"value": [{"LocalizedDisplayName": "7-Zip"}]},
        {"value": [{"AssignmentName": None}]},
    ],
)
@pytest.mark.parametrize("call", READS)
def test__2xx_that_says_something_else__never_taken_for_an_answer(
    world: World[Sccm], call: str, body: Any
) -> None:
    world.vendor.fault("status", call, status=200, body=body)
    machine = world.accept()
    task = machine.run()
    # Rows of something else are rows of nothing that was asked for.
    assert machine.statuses in (AT_ONCE, LATER, [FAILED])
    if task.status is SUCCESS:
        assert_assigned_once(world)
    else:
        assert_untouched(world)
        assert isinstance(body, dict)
        assert isinstance(body["value"], list)


@pytest.mark.parametrize("call", READS)
def test__error_under_a_200__tried_again(world: World[Sccm], call: str) -> None:
    world.vendor.fault("status", call, status=200, body=ERROR)
    machine = world.accept()
    machine.run()
    assert machine.statuses == LATER
    assert_assigned_once(world)


def test__list_goes_on_elsewhere__failed_and_the_link_is_not_followed(
    world: World[Sccm],
) -> None:
    link = f"{world.vendor.url}/evil"
    world.vendor.fault("status", READ, status=200, body={"value": [], "@odata.nextLink": link})
    machine = world.accept()
    assert machine.run().status is FAILED
    assert world.vendor.requests("GET", "/evil") == []
    assert_untouched(world)


def test__vendor_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Sccm],
) -> None:
    world.vendor.fault("status", count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert (task.retries, world.vendor.hits()) == (3, 12)
    assert_untouched(world)

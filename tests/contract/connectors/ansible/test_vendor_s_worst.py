"""How a deployment ends, by what the controller does to each of its calls."""

import time
from typing import Any

import pytest

from breakwater.domain.status import Status
from infra.local.standins.ansible import TEMPLATE
from tests.contract.connectors.ansible.calls import LABEL, LAUNCH, READ, TERMS
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED
CALLS = [TERMS, LABEL, LAUNCH, READ]
REPEATABLE = [TERMS, LABEL, READ]
BAD = [408, 429, 500, 502, 503, 504]
MOVED = [301, 302, 303, 307, 308]


def assert_launched_once(world: World[Ansible]) -> None:
    assert world.vendor.launches() == 1
    (job,) = world.vendor.jobs()
    assert (job["status"], len(job["labels"])) == ("successful", 1)
    assert world.vendor.effects("labels", "made", job["labels"][0]) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
def test__definite_refusal__failed_at_once(world: World[Ansible], call: str, status: int) -> None:
    world.vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == ([RUNNING, FAILED] if call == READ else [FAILED])
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert (task.intent, task.retries) == (None, 0)
    assert world.vendor.hits() == 1
    assert world.vendor.launches() == (1 if call == READ else 0)


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


@pytest.mark.parametrize("call", CALLS)
def test__401_once__asked_once_more(world: World[Ansible], call: str) -> None:
    world.vendor.fault("status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert_launched_once(world)


@pytest.mark.parametrize("call", CALLS)
def test__401_for_ever__failed_after_one_renewal(world: World[Ansible], call: str) -> None:
    world.vendor.fault("status", call, count=None, status=401)
    machine = world.accept()
    assert machine.run().status is FAILED
    assert (machine.error_type, world.vendor.hits()) == ("PermanentError", 2)


def test__wrong_token__failed_and_it_is_told_nowhere(world: World[Ansible]) -> None:
    world.secret["token"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    assert world.vendor.jobs() == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("asked", ["45", "37.5"])
@pytest.mark.parametrize("status", [429, 503])
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Ansible], call: str, asked: str, status: int
) -> None:
    world.vendor.fault("status", call, status=status, retry_after=asked)
    machine = world.accept()
    if call == READ:
        machine.step()
    started = world.clock.now()
    machine.step()
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    assert_launched_once(world)


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("status", BAD + MOVED)
@pytest.mark.parametrize("times", [2, 3])
def test__transient_status__tried_again(
    world: World[Ansible], call: str, status: int, times: int
) -> None:
    world.vendor.fault("status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert task.status is SUCCESS
    assert (RETRYING in machine.statuses) == (times == 3)
    assert task.retries == times - 2
    assert_launched_once(world)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["status", "html"])
@pytest.mark.parametrize("status", BAD + MOVED)
def test__transient_status_on_the_launch__sent_once_then_looked_up(
    world: World[Ansible], status: int, kind: str, when: str
) -> None:
    world.vendor.fault(kind, LAUNCH, status=status, when=when)
    machine = world.accept()
    machine.step()
    assert machine.statuses == [RETRYING]
    assert len(world.vendor.requests("POST", "/launch/")) == 1
    assert (machine.now().intent is None) == (status == 429)
    if status == 429 and when == "after":
        return  # a controller that throttles has launched nothing
    assert machine.run().status is SUCCESS
    assert_launched_once(world)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test__answer_that_cannot_be_used__succeeds_in_the_end_and_nothing_is_doubled(
    world: World[Ansible], call: str, kind: str, when: str
) -> None:
    world.vendor.fault(kind, call, when=when)
    began = time.monotonic()
    machine = world.accept()
    assert machine.run().status is SUCCESS
    assert_launched_once(world)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("body", [[], {}, None, "text", 7, [{"id": 1}], {"id": "7", "job": True}])
@pytest.mark.parametrize("call", CALLS)
def test__json_of_another_shape__taken_for_a_passing_fault(
    world: World[Ansible], call: str, body: Any
) -> None:
    world.vendor.fault("status", call, status=200, body=body, when="after")
    machine = world.accept()
    assert machine.run().status is SUCCESS
    assert RETRYING in machine.statuses
    assert_launched_once(world)


@pytest.mark.parametrize("from_first_byte", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Ansible], call: str, from_first_byte: bool
) -> None:
    world.vendor.fault(
        "trickle", call, when="after", interval_seconds=0.1, from_first_byte=from_first_byte
    )
    began = time.monotonic()
    assert world.accept().run().status is SUCCESS
    assert_launched_once(world)
    assert time.monotonic() - began < 3


def test__controller_migrates__waited_out(world: World[Ansible]) -> None:
    world.vendor.change(migrating=True)
    machine = world.accept()
    machine.step()
    assert (machine.statuses, machine.error_type) == ([RETRYING], "TransientError")
    world.vendor.change(migrating=False)
    assert machine.run().status is SUCCESS
    assert_launched_once(world)


def test__controller_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Ansible],
) -> None:
    world.vendor.fault("html", count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert (task.retries, world.vendor.hits()) == (3, 12)
    assert world.vendor.launches(TEMPLATE) == 0

"""What is in the store when, and how the next attempt repairs what the last one left behind."""

from typing import Any

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.events import EventType
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.ansible import TEMPLATE
from tests.contract.connectors.ansible.calls import (
    LABEL,
    LAUNCH,
    LOOK,
    READ,
    TERMS,
    in_doubt,
    invoke_with,
    killed,
)
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS = Status.RUNNING, Status.RETRYING, Status.SUCCESS


def test__intent__is_in_the_store_before_the_template_is_launched(world: World[Ansible]) -> None:
    machine = world.accept()
    seen: list[Any] = []

    def look() -> None:
        seen.extend([machine.now().intent, world.vendor.launches()])

    invoke_with(world, machine, LAUNCH, before=look)
    assert seen[0]["effect"] == "launch"
    assert seen[0]["label"] == f"breakwater-{machine.task.task_id}"
    assert seen[0]["job_template_id"] == str(TEMPLATE)
    assert seen[1] == 0


def test__variables__stand_in_no_intent_and_no_handle(world: World[Ansible]) -> None:
    machine = in_doubt(world)
    assert "hush-hush" not in repr(machine.now())
    machine.step()
    assert machine.now().handle
    assert "hush-hush" not in repr(machine.now()) + repr(world.executions.events)


@pytest.mark.parametrize("call", [TERMS, LABEL])
@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_before_the_intent__next_attempt_begins_anew_with_the_same_label(
    world: World[Ansible], call: str, moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, call)
    assert (machine.now().status, machine.now().intent) == (RUNNING, None)
    machine.retry()
    assert machine.run().status is SUCCESS
    assert world.vendor.launches() == 1
    assert world.vendor.effects("labels", "made") == {f"breakwater-{machine.task.task_id}": 1}


@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_around_the_launch__launched_once(world: World[Ansible], moment: str) -> None:
    machine = world.accept()
    killed(world, machine, moment)
    left = machine.now()
    assert (left.status, bool(left.intent)) == (RUNNING, True)
    machine.retry()
    task = machine.run()
    assert (task.status, task.intent) == (SUCCESS, None)
    assert world.vendor.launches() == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_while_polling__next_attempt_goes_on(world: World[Ansible], moment: str) -> None:
    machine = world.accept()
    machine.step()
    killed(world, machine, moment, READ)
    machine.retry()
    assert machine.run().status is SUCCESS
    assert world.vendor.launches() == 1


def test__it_arrived__found_by_its_label_and_followed(world: World[Ansible]) -> None:
    machine = in_doubt(world)
    task = machine.run()
    assert machine.statuses == [RETRYING, RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["job_id"] == world.vendor.jobs()[0]["id"]
    assert world.vendor.launches() == 1


def test__it_did_not__launched_again_when_it_would_have_shown(world: World[Ansible]) -> None:
    machine = in_doubt(world, "before")
    left = machine.now().intent
    assert left is not None
    machine.step()
    assert machine.error_type == "ParkedError"
    assert (machine.now().intent, world.vendor.launches()) == (left, 0)
    assert machine.run().status is SUCCESS
    assert (world.vendor.launches(), machine.now().retries) == (1, 1)


@pytest.mark.parametrize("lag", [30, 120, 290])
def test__it_arrives_late__found_all_the_same(world: World[Ansible], lag: int) -> None:
    world.vendor.template(visibility_lag_seconds=lag)
    assert in_doubt(world).run().status is SUCCESS
    assert world.vendor.launches() == 1


def test__somebody_starts_it_again_by_hand__the_task_follows_its_own(
    world: World[Ansible],
) -> None:
    machine = in_doubt(world)
    (ours,) = world.vendor.jobs()
    theirs = world.vendor.relaunch(ours["id"])
    task = machine.run()
    assert task.result is not None
    assert task.result["job_id"] == ours["id"] != theirs


def test__another_task_launches_the_same__not_taken_for_it(world: World[Ansible]) -> None:
    machine = in_doubt(world, "before")
    assert world.accept().run().status is SUCCESS
    assert machine.run().status is SUCCESS
    assert world.vendor.launches() == 2
    assert len({one["labels"][0] for one in world.vendor.jobs()}) == 2


NO_RESULTS: list[Any] = [None, [7], [{}], [{"id": "7"}]]


@pytest.mark.parametrize("body", [[], {}, None, *({"results": one} for one in NO_RESULTS)])
def test__look_up_gets_nonsense__no_absence(world: World[Ansible], body: Any) -> None:
    machine = in_doubt(world)
    world.clock.advance(3600 - 900)
    world.vendor.fault("status", LOOK, status=200, body=body)
    assert machine.run().status is SUCCESS
    assert (world.vendor.launches(), world.vendor.hits()) == (1, 2)


@pytest.mark.parametrize("status", [400, 403])
def test__in_doubt_and_then_refused__unknown_and_not_failed(
    world: World[Ansible], status: int
) -> None:
    machine = in_doubt(world)
    world.vendor.fault("status", count=None, status=status)
    assert machine.run().status is Status.UNKNOWN


def test__in_doubt_and_vendor_gone__attempts_used_up__unknown_with_its_event(
    world: World[Ansible],
) -> None:
    machine = in_doubt(world)
    world.vendor.fault("html", count=None, status=504)
    task = machine.run()
    assert machine.statuses == [RETRYING, Status.UNKNOWN]
    assert world.executions.events[-1].type is EventType.TASK_OUTCOME_UNKNOWN
    assert task.intent is not None
    assert (machine.error_type, task.retries) == ("TransientError", 3)


def test__never_in_doubt__attempts_used_up__failed(world: World[Ansible]) -> None:
    world.vendor.fault("status", LAUNCH, count=None, status=429)
    task = world.accept().run()
    assert (task.status, task.intent) == (Status.FAILED, None)
    assert world.vendor.launches() == 0


@pytest.mark.parametrize("call", [TERMS, LABEL])
def test__overtaken_before_its_intent__nothing_is_launched(
    world: World[Ansible], call: str
) -> None:
    machine = world.accept()

    def claim() -> None:
        now = world.clock.now()
        world.executions.claim(
            machine.task.task_id,
            execution_name=machine.task.execution_name,
            attempt=Attempt(now.replace(year=now.year + 1), 0),
            now=now,
            due_at=now,
        )

    with pytest.raises(StaleAttemptError):
        invoke_with(world, machine, call, after=claim)
    assert world.vendor.launches() == 0


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_changed(
    world: World[Ansible], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", "/"))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", "/")) == asked

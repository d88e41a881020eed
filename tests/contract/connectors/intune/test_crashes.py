"""What is in the store when, and how the next attempt repairs what the last one left behind."""

from collections.abc import Callable
from typing import Any

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import StaleAttemptError, TransientError
from breakwater.domain.events import EventType
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors.crashes import Around, KilledError, kill
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import Machine, World, a_client

ASSIGN = "POST /assign"


def invoke_with(world: World[Intune], machine: Machine, **around: Callable[[], None]) -> None:
    """Run an attempt in an environment of its own."""
    with a_client(world.clock) as http:
        machine.invoke(world.with_http(Around(http, "/assign", **around)))


def assert_assigned_once(world: World[Intune]) -> None:
    assert world.vendor.groups(PUBLISHED_APP) == [(GROUP, "required")]
    assert world.vendor.effects("assign", "added", PUBLISHED_APP, GROUP, "required") == 1


def test__intent__is_in_the_store_before_the_vendor_is_asked(world: World[Intune]) -> None:
    machine = world.accept()
    seen: list[Any] = []
    invoke_with(
        world,
        machine,
        before=lambda: seen.extend([machine.now().intent, world.vendor.posts(PUBLISHED_APP)]),
    )
    assert seen[0]["effect"] == "assign"
    assert (seen[0]["app_id"], seen[0]["group_id"]) == (PUBLISHED_APP, GROUP)
    assert seen[1] == 0


def test__killed_before_the_effect__next_attempt_does_it_once(world: World[Intune]) -> None:
    machine = world.accept()
    with pytest.raises(KilledError):
        invoke_with(world, machine, before=kill)
    left = machine.now()
    assert (left.status, bool(left.intent)) == (Status.RUNNING, True)
    machine.retry()
    task = machine.run()
    assert task.status is Status.SUCCESS
    assert task.intent is None
    assert_assigned_once(world)


def test__killed_after_the_effect__next_attempt_finds_it(world: World[Intune]) -> None:
    machine = world.accept()
    with pytest.raises(KilledError):
        invoke_with(world, machine, after=kill)
    assert machine.now().intent
    machine.retry()
    task = machine.run()
    assert task.status is Status.SUCCESS
    assert task.result is not None
    assert task.result["already_assigned"] is False
    assert world.vendor.posts(PUBLISHED_APP) == 1
    assert_assigned_once(world)


@pytest.mark.parametrize("kind", ["reset", "hang", "truncated"])
def test__assign__response_lost_after_effect__no_second_assignment(
    world: World[Intune], kind: str
) -> None:
    world.vendor.fault(kind, ASSIGN, when="after")
    machine = world.accept()
    machine.step()
    # A 204 has no body that could fall short: there the answer is a filler, and bad.
    assert machine.now().intent
    assert machine.statuses == [Status.RETRYING]
    machine.run()
    assert machine.statuses == [Status.RETRYING, Status.SUCCESS]
    assert world.vendor.posts(PUBLISHED_APP) == 1
    assert_assigned_once(world)


def test__in_doubt_and_vendor_gone__attempts_used_up__unknown_with_its_event(
    world: World[Intune],
) -> None:
    world.vendor.fault("reset", ASSIGN, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", count=None, status=503)
    task = machine.run()
    assert machine.statuses == [Status.RETRYING, Status.UNKNOWN]
    assert [event.type for event in world.executions.events] == [EventType.TASK_OUTCOME_UNKNOWN]
    assert task.intent is not None
    assert task.intent["effect"] == "assign"
    assert (machine.error_type, task.retries) == ("TransientError", 3)


def test__in_doubt_and_then_refused__unknown_and_not_failed(world: World[Intune]) -> None:
    world.vendor.fault("reset", ASSIGN, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", count=None, status=403)
    assert machine.run().status is Status.UNKNOWN


def test__killed_each_time_after_the_intent__settle_writes_unknown(world: World[Intune]) -> None:
    machine = world.accept()
    with pytest.raises(KilledError):
        invoke_with(world, machine, before=kill)
    machine.go_on(machine.caught("States.Timeout"))
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.UNKNOWN, "States.Timeout")


def test__never_in_doubt__attempts_used_up__failed(world: World[Intune]) -> None:
    world.vendor.fault("status", ASSIGN, count=None, status=429)
    machine = world.accept()
    task = machine.run()
    assert (task.status, task.intent) == (Status.FAILED, None)
    assert [event.type for event in world.executions.events] == [EventType.CONNECTOR_DEPLOY_FAILED]


def overtake(world: World[Intune], machine: Machine) -> Callable[[], None]:
    """Return what lets a newer attempt claim the task while this one is at work."""

    def claim() -> None:
        now = world.clock.now()
        world.executions.claim(
            machine.task.task_id,
            execution_name=machine.task.execution_name,
            attempt=Attempt(now.replace(year=now.year + 1), 0),
            now=now,
            due_at=now,
        )

    return claim


def test__overtaken_while_at_work__its_writes_change_nothing(world: World[Intune]) -> None:
    machine = world.accept()
    claim = overtake(world, machine)
    claimed: list[Any] = []

    def after() -> None:
        claim()
        claimed.append(machine.now())

    with pytest.raises(StaleAttemptError):
        invoke_with(world, machine, after=after)
    assert machine.now() == claimed[0]
    assert machine.now().intent
    assert world.executions.events == []


def test__overtaken_before_its_intent__the_vendor_is_never_asked_to_assign(
    world: World[Intune],
) -> None:
    machine = world.accept()
    claim = overtake(world, machine)

    with a_client(world.clock) as http, pytest.raises(StaleAttemptError):
        machine.invoke(world.with_http(Around(http, "/assignments", after=claim)))
    assert world.vendor.requests("POST", "/assign") == []


def test__older_attempt_wakes_up__refused_without_a_call(world: World[Intune]) -> None:
    machine = world.accept()
    late = machine.event()
    machine.retry()
    world.vendor.fault("status", count=None, status=500)
    with pytest.raises(TransientError):
        machine.invoke()
    before, asked = machine.now(), world.vendor.hits()
    with pytest.raises(StaleAttemptError):
        world.deployment.submit(late, machine.payload)
    assert (machine.now(), world.vendor.hits()) == (before, asked)


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_changed(
    world: World[Intune], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", "v1.0"))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", "v1.0")) == asked
    assert len(world.executions.events) == 1

"""What is in the store when, and how the next attempt repairs what the last one left behind."""

from collections.abc import Callable
from typing import Any

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.events import EventType
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.contract.connectors.crashes import Around, KilledError, kill
from tests.contract.connectors.jamf.calls import (
    DEPLOY,
    assert_nothing_queued,
    assert_queued_once,
    to_group,
)
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import Machine, World, a_client

TOKEN, COMMANDS, PACKAGE = "/oauth/token", "/mdm/commands", "/deploy-package"


def invoke_with(
    world: World[Jamf], machine: Machine, address: str = PACKAGE, **around: Callable[[], None]
) -> None:
    """Run an attempt in an environment of its own."""
    with a_client(world.clock) as http:
        machine.invoke(world.with_http(Around(http, address, **around)))


def killed(world: World[Jamf], machine: Machine, moment: str, address: str = PACKAGE) -> None:
    """Kill an attempt before or after a call."""
    around = {moment: kill}
    with pytest.raises(KilledError):
        invoke_with(world, machine, address, **around)


def test__intent__is_in_the_store_before_the_vendor_is_asked(world: World[Jamf]) -> None:
    machine = world.accept()
    seen: list[Any] = []
    invoke_with(
        world, machine, before=lambda: seen.extend([machine.now().intent, world.vendor.posts()])
    )
    assert seen[0]["effect"] == "deploy-package"
    assert seen[0]["since"] < seen[0]["until"]
    assert seen[1] == 0


def test__token_ends_between_two_calls__renewed_and_sent_once(world: World[Jamf]) -> None:
    machine = world.accept()
    once = iter([world.vendor.expire_tokens])
    invoke_with(world, machine, before=lambda: next(once, lambda: None)())
    assert machine.now().status is Status.SUCCESS
    assert world.vendor.effects("login", "tokens") == 2
    assert world.vendor.sent() == 2
    assert_queued_once(world)


@pytest.mark.parametrize("address", [TOKEN, COMMANDS])
@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_before_the_intent__next_attempt_begins_anew(
    world: World[Jamf], address: str, moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, address)
    assert (machine.now().status, machine.now().intent) == (Status.RUNNING, None)
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert_queued_once(world)


def test__killed_after_the_effect__next_attempt_finds_it(world: World[Jamf]) -> None:
    machine = world.accept()
    killed(world, machine, "after")
    left = machine.now()
    assert (left.status, bool(left.intent)) == (Status.RUNNING, True)
    machine.retry()
    task = machine.run()
    assert (task.status, task.intent) == (Status.SUCCESS, None)
    assert_queued_once(world)


def test__killed_before_the_effect__unknown_and_never_sent(world: World[Jamf]) -> None:
    """Jamf cannot tell, and another request might be a second one."""
    machine = world.accept()
    killed(world, machine, "before")
    machine.retry()
    assert (machine.run().status, machine.error_type) == (Status.UNKNOWN, "OutcomeUnknownError")
    assert world.vendor.sent() == 0
    assert_nothing_queued(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test__group__killed_around_the_effect__unknown_and_never_sent_again(
    world: World[Jamf], moment: str
) -> None:
    machine = to_group(world)
    killed(world, machine, moment)
    machine.retry()
    assert machine.run().status is Status.UNKNOWN
    assert world.vendor.sent() == world.vendor.posts() == (moment == "after")


@pytest.mark.parametrize("address", [COMMANDS, "/computers-inventory"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_while_looking__looked_up_again(
    world: World[Jamf], moment: str, address: str
) -> None:
    machine = world.accept()
    killed(world, machine, "after")
    machine.retry()
    killed(world, machine, moment, address)
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert_queued_once(world)


@pytest.mark.parametrize("status", [503, 400, 403])
def test__in_doubt_and_vendor_gone_or_refusing__unknown_and_not_failed(
    world: World[Jamf], status: int
) -> None:
    world.vendor.fault("reset", DEPLOY, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", count=None, status=status)
    task = machine.run()
    assert machine.statuses == [Status.RETRYING, Status.UNKNOWN]
    assert [event.type for event in world.executions.events] == [EventType.TASK_OUTCOME_UNKNOWN]
    assert task.intent is not None
    assert_queued_once(world)


def test__never_in_doubt__attempts_used_up__failed(world: World[Jamf]) -> None:
    world.vendor.fault("status", DEPLOY, count=None, status=429)
    task = world.accept().run()
    assert (task.status, task.intent) == (Status.FAILED, None)
    assert_nothing_queued(world)


def test__overtaken_before_its_intent__the_vendor_is_never_asked(world: World[Jamf]) -> None:
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
        invoke_with(world, machine, COMMANDS, after=claim)
    assert world.vendor.sent() == 0


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_changed(
    world: World[Jamf], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", "/"))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", "/")) == asked
    assert_queued_once(world)

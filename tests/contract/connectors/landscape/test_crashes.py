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
from tests.contract.connectors.landscape.calls import (
    PACKAGES,
    READ,
    assert_installed_once,
    assert_nothing_begun,
    logged_in,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import Machine, World, a_client

BEGIN = "/landscape/api/"


def invoke_with(
    world: World[Landscape],
    machine: Machine,
    address: str = BEGIN,
    **around: Callable[[], None],
) -> None:
    """Run an attempt in an environment of its own."""
    with a_client(world.clock) as http:
        machine.invoke(world.with_http(Around(http, address, **around)))


def killed(world: World[Landscape], machine: Machine, moment: str, address: str = BEGIN) -> None:
    """Kill an attempt before or after a call."""
    around = {moment: kill}
    with pytest.raises(KilledError):
        invoke_with(world, machine, address, **around)


def test__intent__is_in_the_store_before_the_vendor_is_asked(world: World[Landscape]) -> None:
    machine = world.accept()
    seen: list[Any] = []
    invoke_with(
        world,
        machine,
        before=lambda: seen.extend([machine.now().intent, world.vendor.installs()]),
    )
    assert seen[0]["effect"] == "install"
    assert seen[0]["since"] <= seen[0]["at"]
    assert seen[0]["known"] == ""
    assert seen[1] == 0


@pytest.mark.parametrize("address", ["/login/access-key", "/activities"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_before_the_intent__next_attempt_begins_anew(
    world: World[Landscape], address: str, moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, address)
    assert (machine.now().status, machine.now().intent) == (Status.RUNNING, None)
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_around_the_effect__done_once(world: World[Landscape], moment: str) -> None:
    machine = world.accept()
    killed(world, machine, moment)
    left = machine.now()
    assert (left.status, bool(left.intent)) == (Status.RUNNING, True)
    machine.retry()
    task = machine.run()
    assert (task.status, task.intent) == (Status.SUCCESS, None)
    assert_installed_once(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_while_polling__next_attempt_goes_on(world: World[Landscape], moment: str) -> None:
    machine = world.accept()
    machine.step()
    (parent,) = world.vendor.parents()
    killed(world, machine, moment, f"/activities/{parent['id']}")
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert_installed_once(world)


def test__in_doubt_and_vendor_gone__attempts_used_up__unknown_with_its_event(
    world: World[Landscape],
) -> None:
    logged_in(world).vendor.fault("reset", PACKAGES, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", count=None, status=503)
    task = machine.run()
    assert machine.statuses == [Status.RETRYING, Status.UNKNOWN]
    assert world.executions.events[-1].type is EventType.TASK_OUTCOME_UNKNOWN
    assert task.intent is not None
    assert (machine.error_type, task.retries) == ("TransientError", 3)


@pytest.mark.parametrize("status", [400, 403])
def test__in_doubt_and_then_refused__unknown_and_not_failed(
    world: World[Landscape], status: int
) -> None:
    logged_in(world).vendor.fault("reset", PACKAGES, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", count=None, status=status)
    assert machine.run().status is Status.UNKNOWN


def test__never_in_doubt__attempts_used_up__failed(world: World[Landscape]) -> None:
    logged_in(world).vendor.fault("status", PACKAGES, count=None, status=429)
    task = world.accept().run()
    assert (task.status, task.intent) == (Status.FAILED, None)
    assert_nothing_begun(world)


def test__polling_fails_for_good__failed_and_the_activity_is_told(
    world: World[Landscape],
) -> None:
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", READ, count=None, status=503)
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.FAILED, "TransientError")
    assert task.handle == {"activity_id": str(world.vendor.parents()[0]["id"])}


def test__overtaken_before_its_intent__the_vendor_is_never_asked(
    world: World[Landscape],
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
        invoke_with(world, machine, "/activities", after=claim)
    assert world.vendor.begun() == 0


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_changed(
    world: World[Landscape], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", "/"))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", "/")) == asked
    assert_installed_once(world)

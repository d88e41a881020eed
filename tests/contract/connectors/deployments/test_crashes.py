"""What is in the store when, and how the next attempt repairs what the last one left behind."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.contract.connectors.crashes import KilledError, invoke_with, kill, killed, overtake
from tests.contract.connectors.deployments.cases import every
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS, FAILED, UNKNOWN = (
    Status.RUNNING,
    Status.RETRYING,
    Status.SUCCESS,
    Status.FAILED,
    Status.UNKNOWN,
)
MOMENTS = ["before", "after"]


def test__intent__is_in_the_store_before_the_vendor_is_asked(
    world: World[Any], subject: Subject[Any]
) -> None:
    machine = world.accept()
    seen: list[Any] = []

    def look() -> None:
        seen.extend([machine.now().intent, subject.count(world)])

    invoke_with(world, machine, subject.effect, before=look)
    intent, count = seen
    assert (intent["effect"], count) == (subject.intent, 0)


@every("call, moment", lambda one: product(one.calls[: one.calls.index(one.effect)], MOMENTS))
def test__killed_before_the_intent__next_attempt_begins_anew(
    world: World[Any], subject: Subject[Any], call: str, moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, call)
    assert (machine.now().status, machine.now().intent) == (RUNNING, None)
    machine.retry()
    assert machine.run().status is SUCCESS
    subject.assert_once(world)


@pytest.mark.parametrize("moment", MOMENTS)
def test__killed_around_the_effect__done_once(
    world: World[Any], subject: Subject[Any], moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, subject.effect)
    left = machine.now()
    assert (left.status, bool(left.intent)) == (RUNNING, True)
    machine.retry()
    task = machine.run()
    assert subject.arrived(world) == (1 if subject.sends_again or moment == "after" else 0)
    if moment == "before" and not subject.sends_again:
        assert (task.status, machine.error_type) == (UNKNOWN, "OutcomeUnknownError")
        subject.assert_never(world)
    else:
        assert (task.status, task.intent) == (SUCCESS, None)
        subject.assert_once(world)


@every("call, moment", lambda one: product(one.after, MOMENTS))
def test__killed_on_the_way_to_the_end__next_attempt_goes_on(
    world: World[Any], subject: Subject[Any], call: str, moment: str
) -> None:
    machine = world.accept()
    machine.step()

    def follow() -> None:
        while machine.state is Next.POLL:
            machine.go_on(invoke_with(world, machine, call, **{moment: kill}))

    with pytest.raises(KilledError):
        follow()
    machine.retry()
    assert machine.run().status is SUCCESS
    subject.assert_once(world)


@pytest.mark.parametrize(
    ("status", "error_type", "retries"),
    [(503, "TransientError", 3), (400, "PermanentError", 1), (403, "PermanentError", 1)],
)
def test__in_doubt_and_vendor_gone_or_refusing__unknown_and_not_failed(
    world: World[Any], subject: Subject[Any], status: int, error_type: str, retries: int
) -> None:
    machine = subject.in_doubt(world)
    world.vendor.fault("status", count=None, status=status)
    task = machine.run()
    assert machine.statuses == [RETRYING, UNKNOWN]
    assert task.intent is not None
    assert (machine.error_type, task.retries) == (error_type, retries)


def test__never_in_doubt__attempts_used_up__failed(
    world: World[Any], subject: Subject[Any]
) -> None:
    subject.strike(world, "status", subject.effect, count=None, status=429)
    task = world.accept().run()
    assert (task.status, task.intent) == (FAILED, None)
    subject.assert_never(world)


@every("call", lambda one: product(one.before))
def test__overtaken_before_its_intent__the_effect_is_never_asked_for(
    world: World[Any], subject: Subject[Any], call: str
) -> None:
    machine = world.accept()
    with pytest.raises(StaleAttemptError):
        invoke_with(world, machine, call, after=lambda: overtake(world, machine))
    assert subject.arrived(world) == 0


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_changed(
    world: World[Any], subject: Subject[Any], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", "/"))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", "/")) == asked
    assert len(world.executions.events) == 1
    subject.assert_once(world)


@every("call", lambda one: [(one.effect,)] if one.marked else [])
def test__key_is_free_again__what_was_done_under_it_is_not_taken_for_what_is_asked_now(
    world: World[Any], subject: Subject[Any], call: str
) -> None:
    assert world.accept(key="monthly").run().status is SUCCESS
    world.clock.advance(timedelta(days=31).total_seconds())
    machine = world.accept(key="monthly")
    killed(world, machine, "before", call)
    machine.retry()
    assert machine.run().status is SUCCESS
    assert subject.arrived(world) == 2

"""What an end from outside leaves to be done: when it is needed, and that it is begun."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.aftercare import (
    LOOK_AFTER,
    LOOK_AGAIN_AFTER,
    cancellation_of,
    due_after,
    is_needed,
)
from breakwater.domain.cancellations import AtVendor
from breakwater.domain.changes import ChangeRecord, ChangeState
from breakwater.domain.errors import EngineUnavailableError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from breakwater.services.reconcile import Seen
from tests.fakes.tasks import NOW, a_task
from tests.unit.services.sweeping import World

HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


def a_kind(kind: Kind) -> Task:
    return replace(a_task(), kind=kind, handle={"pages": 3})


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.DEPLOYMENT}))
def test__aftercare__other_kinds__have_nothing_at_any_vendor(kind: Kind) -> None:
    task = a_kind(kind)
    mark = cancellation_of(task, by="user-1", at=NOW)
    assert mark.at_vendor is AtVendor.NOTHING
    assert not is_needed(replace(task, cancellation=mark), now=NOW)


@pytest.mark.parametrize(
    ("state", "give_up", "needed"),
    [
        (ChangeState.PENDING, None, True),
        (ChangeState.OPENED, None, True),
        (ChangeState.OPENED, timedelta(minutes=1), True),
        (ChangeState.OPENED, timedelta(0), False),
        (ChangeState.OPENING, timedelta(0), True),
        (ChangeState.PENDING, timedelta(0), True),
        (ChangeState.CLOSED, None, False),
        (ChangeState.FAILED, None, False),
        (ChangeState.UNKNOWN, None, False),
    ],
)
def test__aftercare__change_record__until_it_is_told_or_given_up(
    state: ChangeState, give_up: timedelta | None, needed: bool
) -> None:
    record = ChangeRecord(
        system="jira", state=state, give_up_at=None if give_up is None else NOW + give_up
    )
    task = replace(a_task(), change=record)
    mark = cancellation_of(task, by=None, at=NOW)
    assert is_needed(replace(task, cancellation=mark), now=NOW) is needed
    assert due_after(replace(task, cancellation=mark), now=NOW) == (
        NOW + LOOK_AFTER if needed else None
    )
    # Its own execution tells it. Whether that has died is looked at when it must have given up.
    assert due_after(task, now=NOW) == (NOW + LOOK_AGAIN_AFTER if needed else None)


def test__ended_by_a_step_and_its_execution_dies__the_change_record_is_told_all_the_same(
    world: World,
) -> None:
    task = world.run(change_system="servicenow")
    world.settlement.end(task, Outcome(status=Status.SUCCESS, result={}))
    assert world.sweep() == {}
    world.clock.advance(LOOK_AGAIN_AFTER.total_seconds())
    assert world.sweep() == {Seen.AFTERCARE: 1}
    assert [one.task_id for one in world.engine.aftercare] == [task.task_id]


def test__ended_by_a_step_and_documented__nobody_comes_back_to_it(world: World) -> None:
    task = world.run(change_system="servicenow")
    world.settlement.end(task, Outcome(status=Status.SUCCESS, result={}))
    ended, now = world.task(task), world.clock.now()
    closed = replace(ended, change=ChangeRecord(system="servicenow", state=ChangeState.CLOSED))
    world.executions.note_change(closed, now=now)
    assert world.task(task).due_at is None


def at_work(world: World, **changes: Any) -> Task:
    """Store a task whose vendor is at work on it."""
    task = world.run(**changes)
    return world.executions.advance(replace(task, handle={"job": 1}), now=world.clock.now())


def after_names(world: World) -> list[tuple[str, datetime | None]]:
    """Return what aftercare was started for, and under which time."""
    return [(task.task_id, task.due_at) for task in world.engine.aftercare]


def test__ended_while_its_vendor_is_at_work__aftercare_begins_once_and_stays_due(
    world: World,
) -> None:
    task = at_work(world)
    world.clock.advance(HOUR)
    assert world.sweep() == {Seen.EXPIRED: 1}
    ended = world.task(task)
    assert ended.due_at == world.clock.now() + LOOK_AFTER
    assert after_names(world) == [(task.task_id, ended.due_at)]

    world.clock.advance(60)
    assert world.sweep() == {Seen.AFTERCARE: 1}
    assert after_names(world) == [(task.task_id, ended.due_at)] * 2  # the same name: it runs once
    assert world.task(task).due_at == world.clock.now() + LOOK_AGAIN_AFTER


def test__ended_with_nothing_left__is_not_due_any_more(world: World) -> None:
    task = world.run()
    world.clock.advance(HOUR)
    assert world.sweep() == {Seen.EXPIRED: 1}
    assert (world.task(task).due_at, world.task(task).cancellation) == (None, None)
    assert world.engine.aftercare == []


def test__aftercare_is_through__the_task_is_left_for_good(world: World) -> None:
    task = at_work(world)
    world.clock.advance(HOUR)
    world.sweep()
    standing = world.task(task)
    assert standing.cancellation is not None
    stopped = replace(standing.cancellation, at_vendor=AtVendor.STOPPED)
    world.executions.tasks[task.task_id] = replace(standing, cancellation=stopped)
    world.clock.advance(60)
    assert world.sweep() == {Seen.SETTLED: 1}
    assert world.task(task).due_at is None


def test__aftercare_cannot_be_begun__is_tried_again_each_minute(world: World) -> None:
    task = at_work(world)
    world.clock.advance(HOUR)
    world.sweep()
    world.engine.error = EngineUnavailableError("down")
    for _ in range(2):
        world.clock.advance(60)
        assert world.sweep() == {Seen.UNANSWERED: 1}
    world.engine.error = None
    world.clock.advance(60)
    assert world.sweep() == {Seen.AFTERCARE: 1}
    assert world.task(task).status is Status.FAILED

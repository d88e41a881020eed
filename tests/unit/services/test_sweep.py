"""A sweep over everything that is due."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import EngineUnavailableError, StorageUnavailableError
from breakwater.domain.executions import ExecutionStatus
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import DueTask
from breakwater.services.reconcile import Seen
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW
from tests.unit.services.sweeping import RATE, World

HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


def test__nothing_due__nothing_done_and_yet_reported(world: World) -> None:
    world.run()
    assert world.sweep() == {}
    assert (world.published[0].due, world.published[0].repairs) == (0, 0)
    assert world.engine.described == []


def test__everything_at_once__each_gets_what_it_needs(world: World) -> None:
    pending, dead, late = world.accept(), world.run(), world.run(deadline=timedelta(seconds=60))
    alive = world.run()
    world.dies(dead, ExecutionStatus.FAILED)
    world.clock.advance(60)
    assert world.sweep() == {Seen.STARTED: 1, Seen.ENDED: 1, Seen.EXPIRED: 1, Seen.RUNNING: 1}
    assert world.published[0].repairs == 3
    assert [world.task(task).status for task in (pending, dead, late, alive)] == [
        Status.PENDING,
        Status.FAILED,
        Status.FAILED,
        Status.RUNNING,
    ]


def test__looked_at__is_due_again_by_the_next_sweep(world: World) -> None:
    world.accept()
    world.clock.advance(60)
    for _ in range(3):
        assert world.sweep() == {Seen.STARTED: 1}
        assert world.sweep() == {}  # in the same minute
        world.clock.advance(60)


def test__seen_at_work__is_left_alone_for_a_while_but_not_past_its_deadline(world: World) -> None:
    world.run()
    short = world.run(deadline=timedelta(seconds=100))
    world.clock.advance(60)
    assert world.sweep() == {Seen.RUNNING: 2}
    world.clock.advance(60)
    assert world.sweep() == {Seen.EXPIRED: 1}
    assert world.task(short).status is Status.FAILED
    world.clock.advance(240)
    assert world.sweep() == {Seen.RUNNING: 1}


def test__engine_down_for_hours__every_task_ends_with_its_deadline(world: World) -> None:
    tasks = [world.run(), world.accept()]
    world.engine.error = EngineUnavailableError("down")
    for minute in range(1, 62):
        world.clock.advance(60)
        world.sweep()
        ended = all(world.task(task).status.is_terminal for task in tasks)
        assert ended is (minute >= 60)
    assert len(world.trail) == 2


class Poison(MemoryExecutionStore):
    """A store in which one item cannot be read or written."""

    poison = ""

    def take_due(self, due: DueTask, *, due_at: Any) -> Task:
        task = super().take_due(due, due_at=due_at)
        if due.task_id == self.poison:
            raise ValueError("no such kind")
        return task


def test__poison_item__starves_nobody_and_goes_behind_them(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.executions = store = Poison()
    world.__post_init__()
    poison = world.accept()
    world.clock.advance(1)
    others = [world.accept() for _ in range(3)]
    store.poison = poison.task_id
    world.clock.advance(61)
    with caplog.at_level(logging.ERROR):
        assert world.sweep(most=1) == {Seen.FAULTY: 1}
    for _ in others:
        assert world.sweep(most=1) == {Seen.STARTED: 1}
    assert "no such kind" in caplog.text


def test__one_fault__does_not_stop_the_others(world: World) -> None:
    first, second = world.run(), world.run()
    for task in (first, second):
        world.dies(task, ExecutionStatus.FAILED)
    describe = world.engine.describe

    def faulty(task: Task) -> Any:
        if task.task_id == first.task_id:
            raise RuntimeError("a bug")
        return describe(task)

    world.engine.describe = faulty  # type: ignore[method-assign]
    world.clock.advance(60)
    assert world.sweep() == {Seen.FAULTY: 1, Seen.ENDED: 1}
    world.engine.describe = describe  # type: ignore[method-assign]
    world.clock.advance(60)
    assert world.sweep() == {Seen.ENDED: 1}


def test__storage_fails_between_read_and_write__next_sweep_repeats(world: World) -> None:
    task = world.run()
    world.dies(task, ExecutionStatus.FAILED)
    end = world.executions.end

    def silent(*_: Any, **__: Any) -> Task:
        raise StorageUnavailableError("no answer")

    world.executions.end = silent  # type: ignore[method-assign]
    world.clock.advance(60)
    assert world.sweep() == {Seen.FAULTY: 1}
    world.executions.end = end  # type: ignore[method-assign]
    world.clock.advance(60)
    assert world.sweep() == {Seen.ENDED: 1}
    assert len(world.trail) == 1


def test__what_is_due_cannot_be_read__fails_aloud(world: World) -> None:
    def silent(**_: Any) -> Any:
        raise StorageUnavailableError("no answer")

    world.executions.due = silent  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailableError):
        world.sweep()


def test__two_sweeps_at_once__share_the_work(world: World) -> None:
    tasks = [world.run() for _ in range(10)]
    for task in tasks:
        world.dies(task, ExecutionStatus.ABORTED)
    world.clock.advance(60)
    as_read = world.executions.due(now=world.clock.now(), limit=100)
    first = world.sweep()
    world.executions.due = lambda **_: as_read  # type: ignore[method-assign]
    assert (first, world.sweep()) == ({Seen.ENDED: 10}, {Seen.SETTLED: 10})
    assert len(world.trail) == 10


def test__out_of_time__reports_what_is_left_and_takes_it_first_the_next_time(
    world: World,
) -> None:
    for _ in range(5):
        world.accept()
    world.clock.advance(60)
    assert world.sweep(limit_seconds=0) == {Seen.LEFT: 5}
    assert world.sweep() == {Seen.STARTED: 5}


def test__more_than_it_takes_on__says_so(world: World) -> None:
    for _ in range(3):
        world.accept()
    world.clock.advance(60)
    world.sweep(most=2)
    assert (world.published[0].due, world.published[0].more) == (2, True)


def test__questions__asked_no_faster_than_allowed_and_never_before_starts_and_ends(
    world: World,
) -> None:
    for _ in range(100):
        world.run()
    pending, late = world.accept(), world.run(deadline=timedelta(seconds=60))
    world.clock.advance(60)
    seen = world.sweep(reconciler=world.reconciler(burst=1), limit_seconds=10)
    assert (seen[Seen.STARTED], seen[Seen.EXPIRED]) == (1, 1)
    assert seen[Seen.RUNNING] <= 10 * RATE + 1
    assert seen[Seen.RUNNING] + seen[Seen.LEFT] == 100
    assert world.task(pending).status is Status.PENDING
    assert world.task(late).status is Status.FAILED


def test__questions__those_left_come_before_those_answered(world: World) -> None:
    for _ in range(40):
        world.run()
    world.clock.advance(60)
    for _ in range(4):
        world.sweep(reconciler=world.reconciler(rate=1, burst=1), limit_seconds=12)
        world.clock.advance(48)
    assert len(set(world.engine.described)) == 40


def test__ages__of_the_oldest_and_of_the_latest_past_its_deadline(world: World) -> None:
    world.accept(deadline=timedelta(seconds=50))
    world.clock.advance(30)
    world.accept()
    world.clock.advance(60)
    world.sweep()
    (report,) = world.published
    assert (report.oldest_seconds, report.overdue_seconds) == (90, 40)
    assert report.to_json() == {"due": 2, "more": False, "expired": 1, "started": 1}


def test__every_accepted_task__is_terminal_two_minutes_past_its_deadline(world: World) -> None:
    tasks = [world.accept(deadline=timedelta(seconds=900 + 7 * number)) for number in range(30)]
    for number, task in enumerate(tasks):
        if number % 3:
            world.engine.start(task)
        if number % 3 == 2:
            world.dies(task, ExecutionStatus.TIMED_OUT)
    while any(not world.task(task).status.is_terminal for task in tasks):
        world.clock.advance(60)
        world.sweep()
        now = world.clock.now()
        for task in tasks:
            assert world.task(task).status.is_terminal or now < task.deadline + timedelta(minutes=2)
        assert now < NOW + timedelta(hours=1)
    assert len(world.trail) == len(tasks)

"""Hints: of an execution's end, heard early, late, twice or never, and never just believed."""

import pytest

from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.services.reconcile import HINT_TRIES, Seen
from tests.fakes.tasks import attempt, claim
from tests.unit.services.sweeping import World


@pytest.fixture
def world() -> World:
    return World()


def hint(world: World, task: Task) -> Seen:
    return world.reconciler().hint(task.execution_name)


def end_state(world: World, task: Task) -> tuple[Status, int, str]:
    standing = world.task(task)
    return standing.status, len(world.trail), standing.problem.type if standing.problem else ""


@pytest.mark.parametrize("intended", [False, True])
@pytest.mark.parametrize("history", ["never", "before", "after", "twice", "out of order"])
def test__hint__early_late_twice_or_never__same_end(
    world: World, history: str, intended: bool
) -> None:
    task = world.run()
    if intended:
        world.intend(task)
    if history == "out of order":
        # Of an end that has not come yet: the engine is asked, and says that it runs.
        assert hint(world, task) is Seen.RUNNING
    world.dies(task, ExecutionStatus.ABORTED)
    if history in {"before", "twice"}:
        assert hint(world, task) is Seen.ENDED
    world.clock.advance(60)
    world.sweep()
    if history in {"after", "twice", "out of order"}:
        assert hint(world, task) is Seen.SETTLED
    end = Status.UNKNOWN if intended else Status.FAILED
    assert end_state(world, task) == (end, 1, "ExecutionDiedError")


def test__hint__of_an_execution_before__says_nothing_of_this_one(world: World) -> None:
    task = world.run()
    assert world.reconciler().hint(f"{task.task_id}-0123456789a00000") is Seen.SETTLED
    assert world.engine.described == []


def test__hint__of_something_else__is_nothing(world: World) -> None:
    assert world.reconciler().hint("whatever") is Seen.SETTLED


def test__hint__claimed_meanwhile__is_what_stands(world: World) -> None:
    task = world.run()
    claim(world.executions, task, attempt(9))
    assert hint(world, task) is Seen.RUNNING


def test__hint__nothing_more_may_be_asked__leaves_it_to_the_sweep(world: World) -> None:
    task = world.run()
    world.dies(task, ExecutionStatus.ABORTED)
    reconciler = world.reconciler(rate=0.1, burst=1)
    assert reconciler.hint(task.execution_name) is Seen.ENDED
    other = world.run()
    world.dies(other, ExecutionStatus.ABORTED)
    assert reconciler.hint(other.execution_name) is Seen.LEFT
    world.clock.advance(60)
    assert world.sweep() == {Seen.ENDED: 1}


@pytest.mark.parametrize("writes", range(HINT_TRIES + 1))
def test__hint__its_last_step_writes_meanwhile__is_looked_at_again(
    world: World, writes: int
) -> None:
    task = world.run()
    world.dies(task, ExecutionStatus.ABORTED)
    describe, written = world.engine.describe, list[int]()

    def writing(read: Task) -> Execution | None:
        if len(written) < writes:
            written.append(1)
            world.executions.advance(world.task(task), now=world.clock.now())
        return describe(read)

    world.engine.describe = writing  # type: ignore[method-assign,assignment]
    over = writes < HINT_TRIES
    assert hint(world, task) is (Seen.ENDED if over else Seen.RUNNING)
    assert world.task(task).status is (Status.FAILED if over else Status.RUNNING)
    assert len(world.trail) == int(over)

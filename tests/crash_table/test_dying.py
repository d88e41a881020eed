"""Rows 10 to 12 of the crash table: what dies around a task, and what wakes after its end."""

from collections.abc import Callable

import pytest

from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.services.reconcile import Seen
from tests.crash_table.cuts import Cut, Killed
from tests.crash_table.world import World

DEATHS = [
    ("FAILED", "States.Runtime"),
    ("FAILED", "States.DataLimitExceeded"),
    ("FAILED", "States.ExceedHistoryLimit"),
    ("TIMED_OUT", None),
    ("ABORTED", None),
    ("SUCCEEDED", None),
]
HOUR = 3600
DUE = 400
"""By then a step has gone on, or its task is due."""


@pytest.fixture
def task(world: World) -> Task:
    return world.accept()


def killed_after_its_effect(world: World, task: Task) -> None:
    def kill() -> None:
        raise Killed

    world.vendor.after = kill
    with pytest.raises(Killed):
        world.step(task)


@pytest.mark.parametrize(("status", "error"), DEATHS)
@pytest.mark.parametrize("heard", ["by a hint", "by no hint"])
@pytest.mark.parametrize("when", ["before a step", "between two steps", "after an effect"])
def test__row_10__the_execution_dies__the_hint_ends_the_task_else_the_sweep(
    world: World, task: Task, status: str, error: str | None, heard: str, when: str
) -> None:
    world.vendor.slow = True
    if when == "between two steps":
        assert world.step(task).next is Next.POLL
    elif when == "after an effect":
        killed_after_its_effect(world, task)
    world.dies(task, status, error)
    if heard == "by a hint":
        assert world.hint(task) is Seen.ENDED
        assert world.hint(task) is Seen.SETTLED
    else:
        assert world.until_terminal(task) <= 13
    end = Status.UNKNOWN if when == "after an effect" else Status.FAILED
    world.assert_ended_once(task, end, effects=0 if when == "before a step" else 1)


SWEEPS: list[tuple[str, str, Cut]] = [
    ("dynamodb", "query", Cut.KILLED_AFTER),
    ("dynamodb", "update_item", Cut.KILLED_BEFORE),
    ("dynamodb", "update_item", Cut.KILLED_AFTER),
    ("dynamodb", "update_item", Cut.REPLY_LOST),
    ("stepfunctions", "describe_execution", Cut.KILLED_BEFORE),
    ("stepfunctions", "describe_execution", Cut.REPLY_LOST),
    ("dynamodb", "transact_write_items", Cut.KILLED_BEFORE),
    ("dynamodb", "transact_write_items", Cut.KILLED_AFTER),
    ("dynamodb", "transact_write_items", Cut.REPLY_LOST),
    ("dynamodb", "transact_write_items", Cut.SENT_AGAIN),
]


def swept_though_cut(world: World, client: str, operation: str, cut: Cut) -> None:
    """Sweep until it is cut at the operation."""
    wire = getattr(world, client)
    wire.cut(operation, cut)
    for _ in range(20):
        try:
            world.sweep()
        except Killed:
            assert cut in {Cut.KILLED_BEFORE, Cut.KILLED_AFTER}
        if wire.cuts:
            break
    assert wire.cuts == [(operation, cut)]


@pytest.mark.parametrize(("client", "operation", "cut"), SWEEPS)
def test__row_11__the_sweep_dies_at_any_request__the_next_one_repeats(
    world: World, task: Task, client: str, operation: str, cut: Cut
) -> None:
    world.vendor.slow = True
    world.step(task)
    world.dies(task, "ABORTED")
    world.clock.advance(DUE)
    swept_though_cut(world, client, operation, cut)
    assert world.until_terminal(task) <= 1
    world.assert_ended_once(task, Status.FAILED, effects=1)


@pytest.mark.parametrize("cut", [Cut.KILLED_BEFORE, Cut.KILLED_AFTER, Cut.REPLY_LOST])
@pytest.mark.parametrize("operation", ["transact_write_items", "stop_execution"])
def test__row_11__the_sweep_dies_at_a_deadline__the_next_one_repeats(
    world: World, task: Task, operation: str, cut: Cut
) -> None:
    world.vendor.slow = True
    world.step(task)
    world.clock.advance(HOUR)
    client = "stepfunctions" if operation == "stop_execution" else "dynamodb"
    swept_though_cut(world, client, operation, cut)
    assert world.until_terminal(task) <= 1
    world.assert_ended_once(task, Status.FAILED, effects=1)


@pytest.mark.parametrize("cut", [Cut.KILLED_BEFORE, Cut.KILLED_AFTER, Cut.REPLY_LOST])
def test__row_11__the_sweep_dies_at_a_start__the_next_one_repeats(world: World, cut: Cut) -> None:
    standing = world.accept_unstarted()
    world.stepfunctions.cuts.clear()
    swept_though_cut(world, "stepfunctions", "start_execution", cut)
    world.sweep()
    assert world.started().count(standing.execution_name) == 1


def past_its_deadline(world: World) -> None:
    """While a step is under way its task's time runs out, and the sweep ends it."""
    world.clock.advance(HOUR)
    assert world.sweep() == {Seen.EXPIRED: 1}


def its_execution_died(world: World, task: Task) -> None:
    world.dies(task, "ABORTED")
    assert world.hint(task) is Seen.ENDED


@pytest.mark.parametrize("ends", [lambda w, _: past_its_deadline(w), its_execution_died])
@pytest.mark.parametrize("sleeps", ["before", "after"])
def test__row_12__a_step_wakes_after_its_task_was_settled__changes_nothing(
    world: World, task: Task, ends: Callable[[World, Task], None], sleeps: str
) -> None:
    standing: list[Task] = []

    def settled_meanwhile() -> None:
        ends(world, task)
        standing.append(world.read(task))

    setattr(world.vendor, sleeps, settled_meanwhile)
    with pytest.raises(StaleAttemptError):
        world.step(task)
    assert world.settle(task).next is Next.FAIL
    assert standing == [world.read(task)]
    # The intent stood before the step fell asleep: whoever ended the task could not know.
    world.assert_ended_once(task, Status.UNKNOWN, effects=1)


@pytest.mark.parametrize("name", ["submit", "poll"])
def test__row_12__a_state_is_entered_after_the_task_was_settled__does_nothing(
    world: World, task: Task, name: str
) -> None:
    world.clock.advance(HOUR)
    assert world.sweep() == {Seen.EXPIRED: 1}
    standing = world.read(task)
    assert world.step(task, name).next is Next.FAIL
    assert world.read(task) == standing
    world.assert_ended_once(task, Status.FAILED, effects=0)


def test__row_12__a_sleeping_step_wakes_before_its_intent__does_nothing_at_the_vendor(
    world: World, task: Task
) -> None:
    submit = world.vendor.submit

    def slept(*given: object) -> object:
        its_execution_died(world, task)
        return submit(*given)  # type: ignore[arg-type]

    world.vendor.submit = slept  # type: ignore[method-assign,assignment]
    with pytest.raises(StaleAttemptError):
        world.step(task)
    world.assert_ended_once(task, Status.FAILED, effects=0)

"""Rows 6 to 9 of the crash table: a step that dies, from its claim to its end."""

import pytest

from breakwater.domain.errors import OutcomeUnknownError, StorageUnavailableError
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from tests.crash_table.cuts import Cut, Killed
from tests.crash_table.world import World


def kill() -> None:
    raise Killed


@pytest.fixture
def task(world: World) -> Task:
    return world.accept()


@pytest.mark.parametrize("cut", [Cut.KILLED_BEFORE, Cut.KILLED_AFTER, Cut.REPLY_LOST])
def test__row_6__killed_at_its_claim__the_next_attempt_claims_it(
    world: World, task: Task, cut: Cut
) -> None:
    world.dynamodb.cut("update_item", cut)
    with pytest.raises((Killed, StorageUnavailableError)):
        world.step(task)
    assert world.step(task, retry=1).next is Next.SUCCEED
    world.assert_ended_once(task, Status.SUCCESS, effects=1)


def test__row_6__its_claims_reply_is_lost__the_sdks_retry_finds_its_own(
    world: World, task: Task
) -> None:
    world.dynamodb.cut("update_item", Cut.SENT_AGAIN)
    assert world.step(task).next is Next.SUCCEED
    assert world.dynamodb.cuts == [("update_item", Cut.SENT_AGAIN)]
    world.assert_ended_once(task, Status.SUCCESS, effects=1)


@pytest.mark.parametrize(
    ("can_tell", "end", "effects"), [(True, Status.SUCCESS, 1), (False, Status.UNKNOWN, 0)]
)
def test__row_7__after_the_intent_before_the_effect__done_once_or_unknown(
    world: World, task: Task, can_tell: bool, end: Status, effects: int
) -> None:
    world.vendor.can_tell = can_tell
    world.vendor.before = kill
    with pytest.raises(Killed):
        world.step(task)
    assert world.read(task).intent is not None
    world.step(task, retry=1)
    world.assert_ended_once(task, end, effects=effects)


@pytest.mark.parametrize(("can_tell", "end"), [(True, Status.SUCCESS), (False, Status.UNKNOWN)])
def test__row_8__after_the_effect_before_its_result__found_or_unknown_and_never_twice(
    world: World, task: Task, can_tell: bool, end: Status
) -> None:
    world.vendor.can_tell = can_tell
    world.vendor.after = kill
    with pytest.raises(Killed):
        world.step(task)
    world.step(task, retry=1)
    world.assert_ended_once(task, end, effects=1)
    problem = world.read(task).problem
    if end is Status.UNKNOWN:
        assert problem is not None
        assert problem.type == OutcomeUnknownError.__name__


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("cut", [Cut.KILLED_BEFORE, Cut.KILLED_AFTER, Cut.REPLY_LOST])
def test__row_9__at_the_terminal_write__the_retry_settles_what_was_stored(
    world: World, task: Task, cut: Cut, slow: bool
) -> None:
    world.vendor.slow = slow
    name = "submit"
    if slow:
        assert world.step(task).next is Next.POLL
        name = "poll"
    world.dynamodb.cut("transact_write_items", cut)
    with pytest.raises((Killed, StorageUnavailableError)):
        world.step(task, name)
    assert world.step(task, name, retry=1).next is Next.SUCCEED
    world.assert_ended_once(task, Status.SUCCESS, effects=1)

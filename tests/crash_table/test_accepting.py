"""Rows 1 to 5 of the crash table: the two calls of accepting, and the answer."""

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from breakwater.services.reconcile import Seen
from tests.crash_table.cuts import Cut, Killed
from tests.crash_table.world import World


def test__row_1__before_the_record__nothing_exists_and_the_client_retries(world: World) -> None:
    world.dynamodb.cut("put_item", Cut.KILLED_BEFORE)
    with pytest.raises(Killed):
        world.accept()
    assert world.tasks() == []
    task = world.accept()
    assert world.tasks() == [task.task_id]
    assert task.execution_name in world.started()


def test__row_2__record_stands_and_the_reply_is_lost__the_sdks_retry_finds_its_own(
    world: World,
) -> None:
    world.dynamodb.cut("put_item", Cut.SENT_AGAIN)
    task = world.accept()
    assert world.dynamodb.cuts == [("put_item", Cut.SENT_AGAIN)]
    assert world.tasks() == [task.task_id]
    assert world.read(task).request_token == task.request_token
    assert world.started().count(task.execution_name) == 1


def test__row_2__every_reply_is_lost__the_client_retries_and_finds_the_same(world: World) -> None:
    world.dynamodb.cut("put_item", Cut.REPLY_LOST)
    with pytest.raises(StorageUnavailableError):
        world.accept()
    (task_id,) = world.tasks()
    task = world.accept(correlation_id="another")
    assert (task.task_id, world.tasks()) == (task_id, [task_id])
    assert task.correlation_id != "another"
    assert world.started().count(task.execution_name) == 1


@pytest.mark.parametrize("by", ["the sweep", "the client"])
def test__row_3__between_record_and_start__is_started_by_whoever_comes(
    world: World, by: str
) -> None:
    standing = world.accept_unstarted()
    assert standing.execution_name not in world.started()
    if by == "the sweep":
        assert world.sweep() == {Seen.STARTED: 1}
    else:
        assert world.accept().execution_name == standing.execution_name
    assert world.started().count(standing.execution_name) == 1
    world.step(standing)
    world.assert_ended_once(standing, Status.SUCCESS, effects=1)


def test__row_4__started_and_the_reply_is_lost__accepted_and_started_once(world: World) -> None:
    world.stepfunctions.cut("start_execution", Cut.REPLY_LOST)
    task = world.accept()
    assert world.sweep() == {Seen.STARTED: 1}
    assert world.accept().execution_name == task.execution_name
    assert world.started().count(task.execution_name) == 1


def test__row_5__before_the_answer_reaches_the_client__the_same_key_replays_it(
    world: World,
) -> None:
    world.stepfunctions.cut("start_execution", Cut.KILLED_AFTER)
    with pytest.raises(Killed):
        world.accept(correlation_id="first")
    task = world.accept(correlation_id="second")
    assert world.tasks() == [task.task_id]
    assert task.correlation_id == "first"
    assert world.started().count(task.execution_name) == 1

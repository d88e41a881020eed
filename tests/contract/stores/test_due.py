"""What every ExecutionStore promises of the tasks that are due for a look."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.ports import DueTask
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, claim

DUE = NOW + timedelta(seconds=60)
LATER = NOW + timedelta(minutes=5)
EXPIRY = NOW + timedelta(days=30)


def accepted(stores: Stores, count: int) -> list[Task]:
    """Store tasks that are due one second after another."""
    tasks = [a_task(now=NOW + timedelta(seconds=number)) for number in range(count)]
    for task in tasks:
        stores.executions.create(task, now=NOW)
    return tasks


def due(stores: Stores, at: datetime, limit: int = 100) -> list[str]:
    """Return the ids of what is due."""
    return [task.task_id for task in stores.executions.due(now=at, limit=limit).tasks]


def test__due__before_and_after_its_time(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    assert due(stores, DUE - timedelta(seconds=1)) == []
    assert due(stores, DUE) == [task.task_id]


def test__due__every_shard__the_longest_due_first(stores: Stores) -> None:
    tasks = accepted(stores, 24)
    found = stores.executions.due(now=LATER, limit=100)
    assert found.tasks == [DueTask(task.task_id, task.due_at) for task in tasks if task.due_at]
    assert not found.more


@pytest.mark.parametrize(("limit", "more"), [(5, True), (12, False), (13, False)])
def test__due__more_than_asked_for__says_so(stores: Stores, limit: int, more: bool) -> None:
    tasks = accepted(stores, 12)
    found = stores.executions.due(now=LATER, limit=limit)
    assert [task.task_id for task in found.tasks] == [task.task_id for task in tasks][:limit]
    assert found.more is more


def test__due__moves_with_the_task_and_ends_with_it(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    store = stores.executions
    owned = claim(store, task, due_at=LATER)
    assert due(stores, DUE) == []
    assert due(stores, LATER) == [task.task_id]
    done = Outcome(status=Status.SUCCESS, result={})
    store.settle(owned, done, now=NOW, expires_at=EXPIRY)
    assert due(stores, LATER) == []


def test__take_due__is_what_stands_and_comes_back_later(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    (entry,) = stores.executions.due(now=DUE, limit=9).tasks
    assert stores.executions.take_due(entry, due_at=LATER) == replace(task, due_at=LATER)
    assert due(stores, DUE) == []
    assert due(stores, LATER) == [task.task_id]


def test__take_due__two_at_once__one_has_it(stores: Stores) -> None:
    accepted(stores, 1)
    (entry,) = stores.executions.due(now=DUE, limit=9).tasks
    stores.executions.take_due(entry, due_at=LATER)
    with pytest.raises(StaleAttemptError):
        stores.executions.take_due(entry, due_at=EXPIRY)
    assert due(stores, LATER) != []


def test__take_due__ended_or_gone_meanwhile__is_stale_and_is_not_due_again(
    stores: Stores,
) -> None:
    (task,) = accepted(stores, 1)
    entries = [*stores.executions.due(now=DUE, limit=9).tasks, DueTask(a_task().task_id, DUE)]
    failed = Outcome(status=Status.FAILED)
    stores.executions.end(task, failed, now=NOW, expires_at=EXPIRY)
    for entry in entries:
        with pytest.raises(StaleAttemptError):
            stores.executions.take_due(entry, due_at=LATER)
    assert due(stores, EXPIRY) == []


def test__postpone__comes_back_later_and_nothing_else_changes(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    store = stores.executions
    moved = store.postpone(task, due_at=LATER)
    assert moved == replace(task, due_at=LATER)
    assert store.get(task.task_id) == moved
    assert due(stores, DUE) == []
    assert due(stores, LATER) == [task.task_id]


def test__postpone__two_at_once__one_has_it(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    stores.executions.postpone(task, due_at=LATER)
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(task, due_at=LATER + timedelta(minutes=1))
    assert due(stores, LATER) == [task.task_id]


def test__postpone__a_step_has_claimed_it__its_own_time_stands(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    claim(stores.executions, task, due_at=LATER)
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(task, due_at=NOW)
    assert due(stores, DUE) == []


def test__postpone__of_the_execution_before__is_stale(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(replace(task, execution_name="other"), due_at=LATER)


def test__postpone__for_ever__is_due_no_more_until_it_is_made_so(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    never = stores.executions.postpone(task, due_at=None)
    assert due(stores, EXPIRY) == []
    stores.executions.postpone(never, due_at=DUE)
    assert due(stores, DUE) == [task.task_id]


@pytest.mark.parametrize("size", [10, 50_000])
def test__with_input__small_or_large__is_what_it_was_accepted_with(
    stores: Stores, size: int
) -> None:
    task = stores.executions.create(a_task(command={"text": "ü" * size}), now=NOW)
    standing = stores.executions.get(task.task_id)
    assert standing is not None
    assert stores.executions.with_input(standing).input == task.input


def test__with_input__forgotten__is_stale(stores: Stores) -> None:
    with pytest.raises(StaleAttemptError):
        stores.executions.with_input(replace(a_task(), input=b""))

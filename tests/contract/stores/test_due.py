"""What every ExecutionStore promises of the tasks that are due for a look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, attempt

DUE = NOW + timedelta(seconds=60)
LATER = NOW + timedelta(minutes=5)
EXPIRY = NOW + timedelta(days=30)


def accepted(stores: Stores, count: int) -> list[Task]:
    """Store tasks that are due one second after another."""
    tasks = [a_task(now=NOW + timedelta(seconds=number)) for number in range(count)]
    for task in tasks:
        stores.executions.create(task, now=NOW)
    return tasks


def test__due__before_and_after_its_time(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    assert stores.executions.due(now=DUE - timedelta(seconds=1), limit=9).task_ids == []
    assert stores.executions.due(now=DUE, limit=9).task_ids == [task.task_id]


def test__due__every_shard__the_longest_due_first(stores: Stores) -> None:
    tasks = accepted(stores, 24)
    due = stores.executions.due(now=LATER, limit=100)
    assert due.task_ids == [task.task_id for task in tasks]
    assert not due.more


@pytest.mark.parametrize(("limit", "more"), [(5, True), (12, False), (13, False)])
def test__due__more_than_asked_for__says_so(stores: Stores, limit: int, more: bool) -> None:
    tasks = accepted(stores, 12)
    due = stores.executions.due(now=LATER, limit=limit)
    assert due.task_ids == [task.task_id for task in tasks][:limit]
    assert due.more is more


def test__due__moves_with_the_task_and_ends_with_it(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    store = stores.executions
    owned = store.claim(
        task.task_id,
        execution_name=task.execution_name,
        attempt=attempt(1),
        now=NOW,
        due_at=LATER,
    )
    assert store.due(now=DUE, limit=9).task_ids == []
    assert store.due(now=LATER, limit=9).task_ids == [task.task_id]
    done = Outcome(status=Status.SUCCESS, result={})
    store.settle(owned, done, now=NOW, expires_at=EXPIRY)
    assert store.due(now=LATER, limit=9).task_ids == []


def test__postpone__comes_back_later_and_nothing_else_changes(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    store = stores.executions
    moved = store.postpone(task, due_at=LATER)
    assert moved == replace(task, due_at=LATER)
    assert store.get(task.task_id) == moved
    assert store.due(now=DUE, limit=9).task_ids == []
    assert store.due(now=LATER, limit=9).task_ids == [task.task_id]


def test__postpone__two_at_once__one_has_it(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    stores.executions.postpone(task, due_at=LATER)
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(task, due_at=LATER + timedelta(minutes=1))
    assert stores.executions.due(now=LATER, limit=9).task_ids == [task.task_id]


def test__postpone__a_step_has_claimed_it__its_own_time_stands(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    stores.executions.claim(
        task.task_id,
        execution_name=task.execution_name,
        attempt=attempt(1),
        now=NOW,
        due_at=LATER,
    )
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(task, due_at=NOW)
    assert stores.executions.due(now=DUE, limit=9).task_ids == []


def test__postpone__of_the_execution_before__is_stale(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    with pytest.raises(StaleAttemptError):
        stores.executions.postpone(replace(task, execution_name="other"), due_at=LATER)


def test__postpone__for_ever__is_due_no_more_until_it_is_made_so(stores: Stores) -> None:
    (task,) = accepted(stores, 1)
    never = stores.executions.postpone(task, due_at=None)
    assert stores.executions.due(now=EXPIRY, limit=9).task_ids == []
    stores.executions.postpone(never, due_at=DUE)
    assert stores.executions.due(now=DUE, limit=9).task_ids == [task.task_id]


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

"""What every ExecutionStore promises of tasks that are to be the only one of their sort."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, attempt, claim
from tests.fakes.threads import at_once

ALONE = "sync/jira"
EXPIRY = NOW + timedelta(days=30)
ENDS = [
    Outcome(status=Status.SUCCESS, result={}),
    Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no")),
]


def a_sync(key: str | None = None, **changes: Any) -> Task:
    return a_task(kind=Kind.SYNC, service="jira", idempotency_key=key, **changes)


def settled(stores: Stores, task: Task, outcome: Outcome = ENDS[0]) -> None:
    claimed = claim(stores.executions, task, attempt())
    stores.executions.settle(claimed, outcome, now=NOW, expires_at=EXPIRY)


def test__create__another_is_unfinished__names_it_and_stores_nothing(stores: Stores) -> None:
    first, second = a_sync(), a_sync()
    assert stores.executions.create(first, now=NOW, alone=ALONE) == first
    with pytest.raises(AlreadyRunningError) as caught:
        stores.executions.create(second, now=NOW, alone=ALONE)
    assert (caught.value.resource, caught.value.task_id) == (ALONE, first.task_id)
    assert stores.executions.get(second.task_id) is None


def test__create__something_else_or_nothing__is_not_kept_out(stores: Stores) -> None:
    stores.executions.create(a_sync(), now=NOW, alone=ALONE)
    for task, alone in ((a_sync(), "sync/servicenow"), (a_sync(), None)):
        assert stores.executions.create(task, now=NOW, alone=alone) == task


@pytest.mark.parametrize("outcome", ENDS)
def test__create__the_other_has_ended__takes_its_place_at_once(
    stores: Stores, outcome: Outcome
) -> None:
    first, second = a_sync(), a_sync()
    stores.executions.create(first, now=NOW, alone=ALONE)
    settled(stores, first, outcome)
    assert stores.executions.create(second, now=NOW, alone=ALONE) == second
    with pytest.raises(AlreadyRunningError) as caught:
        stores.executions.create(a_sync(), now=NOW, alone=ALONE)
    assert caught.value.task_id == second.task_id


def test__create__the_others_deadline_has_passed__takes_its_place(stores: Stores) -> None:
    first = a_sync(deadline=timedelta(seconds=900))
    stores.executions.create(first, now=NOW, alone=ALONE)
    with pytest.raises(AlreadyRunningError):
        stores.executions.create(a_sync(), now=NOW + timedelta(seconds=899), alone=ALONE)
    later = NOW + timedelta(seconds=900)
    second = a_task(now=later, kind=Kind.SYNC)
    assert stores.executions.create(second, now=later, alone=ALONE) == second


def test__create__same_key__is_its_own_repeat_while_it_runs_and_after(stores: Stores) -> None:
    first = stores.executions.create(a_sync("k"), now=NOW, alone=ALONE)
    assert stores.executions.create(a_sync("k"), now=NOW, alone=ALONE) == first
    settled(stores, first)
    other = stores.executions.create(a_sync("other"), now=NOW, alone=ALONE)
    again = stores.executions.create(a_sync("k"), now=NOW, alone=ALONE)
    assert (again.task_id, again.status) == (first.task_id, Status.SUCCESS)
    assert other.task_id != first.task_id


def test__create__sent_again_after_a_lost_reply__is_its_own(stores: Stores) -> None:
    task = a_sync()
    stores.executions.create(task, now=NOW, alone=ALONE)
    assert stores.executions.create(task, now=NOW, alone=ALONE) == task


@pytest.mark.parametrize("has_ended", [False, True])
def test__create__many_at_once__one_runs_and_the_others_are_told_which(
    stores: Stores, has_ended: bool
) -> None:
    if has_ended:
        before = stores.executions.create(a_sync(), now=NOW, alone=ALONE)
        settled(stores, before)
    won: list[str] = []
    told: list[str] = []

    def create(_: int) -> None:
        try:
            won.append(stores.executions.create(a_sync(), now=NOW, alone=ALONE).task_id)
        except AlreadyRunningError as error:
            told.append(error.task_id)

    at_once(8, create)
    assert len(won) == 1
    assert told == won * 7

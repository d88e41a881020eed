"""What every ExecutionStore promises of attempts that claim a task: the newest has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.errors import StaleAttemptError, TaskSettledError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem
from tests.contract.stores.conftest import LATER, Stores, claimed, running
from tests.fakes.tasks import NOW, a_task, attempt, claim

EXPIRY = NOW + timedelta(days=30)
SUCCESS = Outcome(status=Status.SUCCESS, result={"done": True})
FAILED = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))


def test__claim__pending__runs_and_is_due(stores: Stores) -> None:
    task = running(stores)
    assert (task.status, task.claimed_by, task.attempt) == (Status.RUNNING, attempt(1).key, 1)
    assert task.due_at == LATER
    assert task.revision == 1
    stored = stores.executions.get(task.task_id)
    assert stored is not None
    assert replace(stored, input=b"") == replace(task, input=b"")


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1), timedelta(hours=1)])
def test__claim__deadline_comes_sooner__is_due_then(stores: Stores, late: timedelta) -> None:
    task = stores.executions.create(a_task(deadline=LATER - NOW), now=NOW)
    mine = claim(stores.executions, task, due_at=LATER + late)
    assert (mine.status, mine.claimed_by, mine.due_at) == (
        Status.RUNNING,
        attempt(1).key,
        LATER,
    )
    assert mine.revision == 1
    assert [found.task_id for found in stores.executions.due(now=LATER, limit=9).tasks] == [
        task.task_id
    ]


def test__claim__retry_of_the_state__counts(stores: Stores) -> None:
    task = running(stores)
    assert claimed(stores, task, attempt(1, retry=1)).attempt == 2
    assert claimed(stores, task, attempt(1, retry=2)).attempt == 3


def test__claim__retry_whose_forerunners_never_ran__does_not_count(stores: Stores) -> None:
    task = running(stores)
    assert claimed(stores, task, attempt(2, retry=3)).attempt == 1
    assert claimed(stores, task, attempt(2, retry=5)).attempt == 2


def test__claim__first_of_all_and_a_retry_past_the_deadline__is_due_then_and_counts_none(
    stores: Stores,
) -> None:
    task = stores.executions.create(a_task(), now=NOW)
    first = stores.executions.claim(
        task.task_id,
        execution_name=task.execution_name,
        attempt=attempt(1, retry=1),
        now=NOW,
        due_at=task.deadline + timedelta(hours=1),
    )
    assert (first.attempt, first.due_at, first.revision) == (1, task.deadline, 1)


def test__claim__new_state__does_not_count(stores: Stores) -> None:
    assert claimed(stores, running(stores), attempt(2)).attempt == 1


def test__claim__again_after_a_lost_reply__is_its_own(stores: Stores) -> None:
    task = running(stores)
    again = claimed(stores, task, attempt(1))
    assert (again.claimed_by, again.revision) == (task.claimed_by, task.revision)


def test__claim__older_attempt__is_stale(stores: Stores) -> None:
    task = running(stores)
    with pytest.raises(StaleAttemptError):
        claimed(stores, task, attempt(0))


def test__claim__another_execution__is_stale(stores: Stores) -> None:
    task = running(stores)
    with pytest.raises(StaleAttemptError):
        claimed(stores, replace(task, execution_name="other"), attempt(2))


def test__claim__unknown_task__is_stale(stores: Stores) -> None:
    with pytest.raises(StaleAttemptError):
        claimed(stores, a_task(), attempt(1))


def test__claim__ended__says_how(stores: Stores) -> None:
    task = running(stores)
    stores.executions.settle(task, FAILED, now=NOW, expires_at=EXPIRY)
    with pytest.raises(TaskSettledError) as caught:
        claimed(stores, task, attempt(2))
    assert caught.value.status == "FAILED"

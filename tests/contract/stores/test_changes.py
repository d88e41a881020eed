"""What every ExecutionStore promises of a task's change record, also after the task's end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.changes import ChangeRecord, ChangeState
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, attempt, claim

EXPIRY = NOW + timedelta(days=30)
OPENED = ChangeRecord(
    system="jira",
    state=ChangeState.OPENED,
    tried_at=NOW,
    failures=2,
    give_up_at=NOW + timedelta(hours=1),
    handle={"id": "1", "key": "OPS-1", "url": "https://site/browse/OPS-1"},
    error={"type": "TransientError", "message": "503"},
)


def running(stores: Stores, by: Attempt | None = None) -> Task:
    task = stores.executions.create(a_task(change_system="jira"), now=NOW)
    return claim(stores.executions, task, by or attempt(1))


def ended(stores: Stores) -> Task:
    done = Outcome(status=Status.SUCCESS, result={"done": True})
    return stores.executions.settle(running(stores), done, now=NOW, expires_at=EXPIRY)


def claimed(stores: Stores, task: Task, by: Attempt) -> Task:
    return stores.executions.claim_ended(
        task.task_id, execution_name=task.execution_name, attempt=by, now=NOW
    )


def stored(stores: Stores, task: Task) -> Task:
    found = stores.executions.get(task.task_id)
    assert found is not None
    return found


def test__create__with_a_change__is_pending(stores: Stores) -> None:
    task = stores.executions.create(a_task(change_system="jira"), now=NOW)
    assert stored(stores, task).change == ChangeRecord(system="jira")
    assert stored(stores, task) == task


def test__note_change__is_read_back_and_changes_nothing_else(stores: Stores) -> None:
    task = stores.executions.intend(running(stores), {"effect": "assign"}, now=NOW)
    before = stored(stores, task)
    stores.executions.note_change(replace(task, change=OPENED), now=NOW)
    after = stored(stores, task)
    assert after.revision == before.revision + 1
    assert after == replace(before, change=OPENED, revision=after.revision)


def test__settle__not_told_yet__stays_due_until_it_is(stores: Stores) -> None:
    done, soon = Outcome(status=Status.SUCCESS, result={}), NOW + timedelta(hours=2)
    task = running(stores)
    stores.executions.settle(task, done, now=NOW, expires_at=EXPIRY, due_at=soon)
    assert stored(stores, task).due_at == soon
    mine = claimed(stores, task, attempt(2))
    stores.executions.note_change(replace(mine, change=OPENED), now=NOW)
    assert stored(stores, task).due_at == soon
    closed = replace(OPENED, state=ChangeState.CLOSED)
    stores.executions.note_change(replace(mine, change=closed), now=NOW)
    assert stored(stores, task).due_at is None


def test__note_change__survives_what_the_deployment_writes(stores: Stores) -> None:
    task = stores.executions.note_change(replace(running(stores), change=OPENED), now=NOW)
    stores.executions.advance(replace(task, change=None, handle={"job": 1}), now=NOW)
    done = Outcome(status=Status.SUCCESS, result={})
    stores.executions.settle(replace(task, change=None), done, now=NOW, expires_at=EXPIRY)
    assert stored(stores, task).change == OPENED


def test__note_change__overtaken__is_stale(stores: Stores) -> None:
    old = running(stores)
    claim(stores.executions, old, attempt(2))
    with pytest.raises(StaleAttemptError):
        stores.executions.note_change(replace(old, change=OPENED), now=NOW)
    assert stored(stores, old).change == ChangeRecord(system="jira")


def test__claim_ended__keeps_the_end_and_lets_the_record_go_on(stores: Stores) -> None:
    end = stored(stores, ended(stores))
    task = claimed(stores, end, attempt(2))
    stores.executions.note_change(replace(task, change=OPENED), now=NOW)
    after = stored(stores, end)
    assert after == replace(
        end, change=OPENED, claimed_by=after.claimed_by, revision=after.revision
    )
    assert after.revision == end.revision + 2
    assert len(stores.trail()) == 1


def test__claim_ended__again_after_a_lost_reply__is_its_own(stores: Stores) -> None:
    task = ended(stores)
    claimed(stores, task, attempt(2))
    assert claimed(stores, task, attempt(2)).claimed_by == attempt(2).key


def test__claim_ended__older__is_stale_and_so_is_what_it_notes(stores: Stores) -> None:
    task = ended(stores)
    old = claimed(stores, task, attempt(2))
    claimed(stores, task, attempt(2, retry=1))
    with pytest.raises(StaleAttemptError):
        claimed(stores, task, attempt(2))
    with pytest.raises(StaleAttemptError):
        stores.executions.note_change(replace(old, change=OPENED), now=NOW)


def test__claim_ended__unfinished_unknown_or_of_another_execution__is_stale(
    stores: Stores,
) -> None:
    for task in (running(stores), a_task(), replace(ended(stores), execution_name="other")):
        with pytest.raises(StaleAttemptError):
            claimed(stores, task, attempt(9))

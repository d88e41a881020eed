"""What every ExecutionStore promises of ends that come from outside a task's steps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import StaleAttemptError, TaskSettledError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.ports import DueTask
from tests.contract.stores.conftest import LATER, Stores, claimed, running
from tests.fakes.tasks import NOW, a_task, attempt

EXPIRY = NOW + timedelta(days=30)
DIED = Outcome(status=Status.FAILED, problem=Problem(type="ExecutionDiedError", message="died"))
SUCCESS = Outcome(status=Status.SUCCESS, result={})


def read(stores: Stores, task: Task) -> Task:
    standing = stores.executions.get(task.task_id)
    assert standing is not None
    return replace(standing, input=b"")


def end(stores: Stores, task: Task, outcome: Outcome = DIED, **more: Any) -> Task:
    values: dict[str, Any] = {"now": LATER, "expires_at": EXPIRY, **more}
    return replace(stores.executions.end(task, outcome, **values), input=b"")


def test__end__pending__record_and_event_together(stores: Stores) -> None:
    task = stores.executions.create(a_task(), now=NOW)
    ended = end(stores, replace(task, input=b""))
    assert ended == read(stores, task)
    assert (ended.status, ended.problem, ended.sequence) == (Status.FAILED, DIED.problem, 1)
    assert (ended.due_at, ended.expires_at, ended.updated_at) == (None, EXPIRY, LATER)
    assert stores.trail() == [(task.task_id, "CONNECTOR_DEPLOY_FAILED", 1)]


def test__end__running__keeps_what_was_intended_and_known(stores: Stores) -> None:
    task = stores.executions.intend(running(stores), {"effect": "assign"}, now=NOW)
    stores.executions.advance(replace(task, handle={"id": 1}), now=NOW)
    unknown = Outcome(status=Status.UNKNOWN, problem=DIED.problem)
    ended = end(stores, read(stores, task), unknown)
    assert ended == read(stores, task)
    assert (ended.intent, ended.handle) == ({"effect": "assign"}, {"id": 1})
    assert stores.trail() == [(task.task_id, "TASK_OUTCOME_UNKNOWN", 1)]


def test__end__something_left_to_do__stays_due(stores: Stores) -> None:
    ended = end(stores, read(stores, running(stores)), due_at=LATER)
    assert ended.due_at == LATER
    assert stores.executions.due(now=LATER, limit=10).tasks == [DueTask(ended.task_id, LATER)]


def test__end__an_intent_has_slipped_in__is_stale_and_writes_neither(stores: Stores) -> None:
    task = running(stores)
    as_read = read(stores, task)
    stores.executions.intend(task, {"effect": "assign"}, now=NOW)
    with pytest.raises(StaleAttemptError):
        end(stores, as_read)
    assert read(stores, task).status is Status.RUNNING
    assert stores.trail() == []


def test__end__claimed_meanwhile__is_stale(stores: Stores) -> None:
    task = running(stores)
    as_read = read(stores, task)
    claimed(stores, task, attempt(2))
    with pytest.raises(StaleAttemptError):
        end(stores, as_read)


def test__end__another_execution__is_stale(stores: Stores) -> None:
    task = read(stores, running(stores))
    with pytest.raises(StaleAttemptError):
        end(stores, replace(task, execution_name="other"))


def test__end__unknown_task__is_stale(stores: Stores) -> None:
    with pytest.raises(StaleAttemptError):
        end(stores, a_task())
    assert stores.trail() == []


def test__end__ended_meanwhile__says_how_and_overwrites_nothing(stores: Stores) -> None:
    task = running(stores)
    as_read = read(stores, task)
    stores.executions.settle(task, SUCCESS, now=NOW, expires_at=EXPIRY)
    with pytest.raises(TaskSettledError) as caught:
        end(stores, as_read)
    assert caught.value.status == "SUCCESS"
    assert read(stores, task).status is Status.SUCCESS
    assert len(stores.trail()) == 1


def test__end__again_after_a_lost_reply__one_event(stores: Stores) -> None:
    as_read = read(stores, running(stores))
    assert end(stores, as_read).status is end(stores, as_read).status
    assert len(stores.trail()) == 1


def test__end__two_at_once__the_second_learns_that_it_is_done(stores: Stores) -> None:
    as_read = read(stores, running(stores))
    end(stores, as_read)
    with pytest.raises(TaskSettledError):
        end(stores, as_read, now=LATER + timedelta(seconds=1))
    assert len(stores.trail()) == 1


def test__end__the_step_wakes_afterwards__none_of_its_writes_lands(stores: Stores) -> None:
    task = running(stores)
    ended = end(stores, read(stores, task))
    store = stores.executions
    writes: list[Callable[[], Task]] = [
        lambda: store.intend(task, {"effect": "assign"}, now=LATER),
        lambda: store.advance(replace(task, status=Status.RETRYING), now=LATER),
        lambda: store.settle(task, SUCCESS, now=LATER, expires_at=EXPIRY),
        lambda: store.note_change(task, now=LATER),
    ]
    for write in writes:
        with pytest.raises(StaleAttemptError):
            write()
    with pytest.raises(TaskSettledError):
        claimed(stores, task, attempt(2))
    assert read(stores, task) == ended
    assert len(stores.trail()) == 1


@pytest.mark.parametrize("later", [attempt(1, retry=1), attempt(2)])
def test__end__what_documents_it_afterwards__may_claim_it(stores: Stores, later: Attempt) -> None:
    task = running(stores)
    end(stores, read(stores, task))
    owned = stores.executions.claim_ended(
        task.task_id, execution_name=task.execution_name, attempt=later, now=LATER
    )
    assert (owned.status, owned.claimed_by) == (Status.FAILED, later.key)


def test__end__never_claimed__may_be_claimed_afterwards(stores: Stores) -> None:
    task = stores.executions.create(a_task(), now=NOW)
    end(stores, task)
    owned = stores.executions.claim_ended(
        task.task_id, execution_name=task.execution_name, attempt=attempt(1), now=LATER
    )
    assert owned.claimed_by == attempt(1).key

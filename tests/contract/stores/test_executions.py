"""What every ExecutionStore promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem
from tests.contract.stores.conftest import LATER, Stores, claimed, running
from tests.fakes.tasks import NOW, a_task, attempt
from tests.fakes.threads import at_once

EXPIRY = NOW + timedelta(days=30)
SUCCESS = Outcome(status=Status.SUCCESS, result={"done": True})
FAILED = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))


def test__create__nothing_there__is_read_back_as_it_was(stores: Stores) -> None:
    task = a_task()
    assert stores.executions.create(task, now=NOW) == task
    assert stores.executions.get(task.task_id) == task


def test__create__large_input__is_kept_and_found_again_to_start_it(stores: Stores) -> None:
    command = {"text": "ü" * 50_000}
    task = a_task(command=command, idempotency_key="k")
    stores.executions.create(task, now=NOW)
    standing = stores.executions.create(a_task(command=command, idempotency_key="k"), now=NOW)
    assert standing.request_token == task.request_token
    assert standing.input == task.input


def test__create__same_key__returns_the_standing_task(stores: Stores) -> None:
    first = stores.executions.create(a_task(idempotency_key="k"), now=NOW)
    second = stores.executions.create(a_task(idempotency_key="k", correlation_id="c2"), now=NOW)
    assert second == first


def test__create__sent_again_after_a_lost_reply__is_its_own(stores: Stores) -> None:
    task = a_task()
    stores.executions.create(task, now=NOW)
    claimed(stores, task, attempt(1))
    assert stores.executions.create(task, now=NOW) == task


@pytest.mark.parametrize(("days", "replaced"), [(29, False), (31, True)])
def test__create__ended_task__is_replaced_once_expired(
    stores: Stores, days: int, replaced: bool
) -> None:
    stores.executions.create(a_task(idempotency_key="k"), now=NOW)
    task = stores.executions.get(a_task(idempotency_key="k").task_id)
    assert task is not None
    stores.executions.settle(claimed(stores, task, attempt(1)), SUCCESS, now=NOW, expires_at=EXPIRY)
    again = a_task(idempotency_key="k", now=NOW + timedelta(days=days))
    standing = stores.executions.create(again, now=NOW + timedelta(days=days))
    assert (standing == again) is replaced


def test__create__many_at_once__one_stands(stores: Stores) -> None:
    def create(_: int) -> str:
        return stores.executions.create(a_task(idempotency_key="k"), now=NOW).request_token

    assert len(set(at_once(8, create))) == 1


def test__get__unknown__is_none(stores: Stores) -> None:
    assert stores.executions.get(a_task().task_id) is None


def test__intend__is_there_for_the_next_attempt(stores: Stores) -> None:
    task = running(stores)
    stores.executions.intend(task, {"effect": "assign"}, now=NOW)
    assert claimed(stores, task, attempt(2)).intent == {"effect": "assign"}


def test__intend__the_same_attempt_twice__only_one_of_them_may(stores: Stores) -> None:
    task = running(stores)
    twice = [claimed(stores, task, attempt(1)) for _ in range(2)]
    first, second = ({"effect": "launch", "at": at} for at in ("12:00", "12:01"))
    stores.executions.intend(twice[0], first, now=NOW)
    with pytest.raises(StaleAttemptError):
        stores.executions.intend(twice[1], second, now=NOW)
    standing = stores.executions.get(task.task_id)
    assert standing is not None
    assert standing.intent == first


def test__intend__the_same_attempt_again_after_its_effect__may_not(stores: Stores) -> None:
    task = running(stores)
    twice = [claimed(stores, task, attempt(1)) for _ in range(2)]
    done = stores.executions.intend(twice[0], {"effect": "launch", "at": "12:00"}, now=NOW)
    stores.executions.advance(replace(done, intent=None, handle={"job": 7}), now=NOW)
    with pytest.raises(StaleAttemptError):
        stores.executions.intend(twice[1], {"effect": "launch", "at": "12:01"}, now=NOW)


def test__intend__again_after_a_lost_reply__is_its_own(stores: Stores) -> None:
    task, intent = running(stores), {"effect": "launch", "at": "12:00"}
    assert stores.executions.intend(task, intent, now=NOW).intent == intent
    assert stores.executions.intend(task, intent, now=NOW).intent == intent


def test__intend__another_one_after_it__where_that_is_what_stands(stores: Stores) -> None:
    first, second = {"effect": "launch", "ids": "ä, 1"}, {"effect": "launch", "ids": "2"}
    task = stores.executions.intend(running(stores), first, now=NOW)
    assert stores.executions.intend(task, second, now=NOW).intent == second


def test__intend__overtaken__is_stale_and_writes_nothing(stores: Stores) -> None:
    old = running(stores)
    claimed(stores, old, attempt(2))
    with pytest.raises(StaleAttemptError):
        stores.executions.intend(old, {"effect": "assign"}, now=NOW)
    standing = stores.executions.get(old.task_id)
    assert standing is not None
    assert standing.intent is None


def test__advance__stores_and_removes(stores: Stores) -> None:
    task = stores.executions.intend(running(stores), {"effect": "assign"}, now=NOW)
    problem = Problem(type="TransientError", message="503", service="intune", status_code=503)
    stores.executions.advance(
        replace(
            task,
            status=Status.RETRYING,
            intent=None,
            handle={"stage": "posted"},
            problem=problem,
            retry_at=LATER,
            due_at=LATER,
        ),
        now=LATER,
    )
    stored = stores.executions.get(task.task_id)
    assert stored is not None
    assert (stored.status, stored.intent, stored.handle) == (
        Status.RETRYING,
        None,
        {"stage": "posted"},
    )
    assert (stored.problem, stored.retry_at, stored.due_at) == (problem, LATER, LATER)
    assert stored.updated_at == LATER
    assert claimed(stores, task, attempt(2)).retry_at is None


def test__advance__overtaken__is_stale(stores: Stores) -> None:
    old = running(stores)
    claimed(stores, old, attempt(2))
    with pytest.raises(StaleAttemptError):
        stores.executions.advance(replace(old, status=Status.RETRYING), now=NOW)


def test__settle__record_and_event_together(stores: Stores) -> None:
    task = running(stores)
    stores.executions.settle(task, SUCCESS, now=LATER, expires_at=EXPIRY)
    stored = stores.executions.get(task.task_id)
    assert stored is not None
    assert (stored.status, stored.result, stored.problem) == (Status.SUCCESS, {"done": True}, None)
    assert (stored.due_at, stored.expires_at, stored.sequence) == (None, EXPIRY, 1)
    assert stores.trail() == [(task.task_id, "CONNECTOR_DEPLOY_SUCCESS", 1)]


def test__settle__overtaken__writes_neither(stores: Stores) -> None:
    old = running(stores)
    claimed(stores, old, attempt(2))
    with pytest.raises(StaleAttemptError):
        stores.executions.settle(old, FAILED, now=NOW, expires_at=EXPIRY)
    standing = stores.executions.get(old.task_id)
    assert standing is not None
    assert standing.status is Status.RUNNING
    assert stores.trail() == []


def test__settle__ended_by_another__is_not_overwritten(stores: Stores) -> None:
    old = running(stores)
    new = claimed(stores, old, attempt(2))
    stores.executions.settle(new, SUCCESS, now=NOW, expires_at=EXPIRY)
    with pytest.raises(StaleAttemptError):
        stores.executions.settle(old, FAILED, now=NOW, expires_at=EXPIRY)
    with pytest.raises(StaleAttemptError):
        stores.executions.advance(replace(old, status=Status.RETRYING), now=NOW)
    standing = stores.executions.get(old.task_id)
    assert standing is not None
    assert standing.status is Status.SUCCESS
    assert len(stores.trail()) == 1


def test__settle__again_after_a_lost_reply__one_event(stores: Stores) -> None:
    task = running(stores)
    stores.executions.settle(task, SUCCESS, now=NOW, expires_at=EXPIRY)
    again = stores.executions.settle(task, SUCCESS, now=NOW, expires_at=EXPIRY)
    assert again.status is Status.SUCCESS
    assert len(stores.trail()) == 1

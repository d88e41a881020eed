"""What every ExecutionStore promises of tasks that are retried as new ones, and of verdicts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.cancellations import AtVendor
from breakwater.domain.errors import AlreadyRunningError, RunOvertakenError, StaleAttemptError
from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.retries import retried
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, attempt, claim
from tests.fakes.threads import at_once

LATER = NOW + timedelta(minutes=5)
EXPIRY = NOW + timedelta(days=30)
FAILED = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))
UNKNOWN = replace(FAILED, status=Status.UNKNOWN)
FOUND_OUT = Resolution(
    outcome=Verdict.DID_NOT, reason="the group has no such app", by="operator-1", at=LATER
)


def running(stores: Stores, task: Task | None = None) -> Task:
    task = stores.executions.create(task or a_task(), now=NOW)
    return claim(stores.executions, task, due_at=LATER)


def ended(stores: Stores, outcome: Outcome = FAILED, task: Task | None = None) -> Task:
    claimed = running(stores, task)
    stores.executions.settle(claimed, outcome, now=NOW, expires_at=EXPIRY)
    return read(stores, claimed.task_id)


def read(stores: Stores, task_id: str) -> Task:
    standing = stores.executions.get(task_id)
    assert standing is not None
    return stores.executions.with_input(standing)


def retry(stores: Stores, task: Task, **more: Any) -> Task:
    new = retried(task, now=LATER, due_after=timedelta(seconds=60))
    return stores.executions.retry(task, new, by="user-1", now=LATER, **more)


def test__retry__both_know_of_each_other_and_the_event_says_so(stores: Stores) -> None:
    old = ended(stores)
    new = retry(stores, old)
    stands = read(stores, old.task_id)
    assert read(stores, new.task_id) == new
    assert (new.status, new.retry_of) == (Status.PENDING, old.task_id)
    assert (stands.status, stands.retried_as, stands.retried_by) == (
        Status.FAILED,
        new.task_id,
        "user-1",
    )
    assert stands.expires_at == EXPIRY
    assert sorted(stores.trail()) == [
        (old.task_id, "CONNECTOR_DEPLOY_FAILED", 1),
        (old.task_id, "TASK_RETRIED", 2),
    ]


def test__retry__large_input__goes_with_it(stores: Stores) -> None:
    old = ended(stores, task=a_task(command={"payload": {"text": "ü" * 5_000}}))
    new = retry(stores, old)
    assert b"\xc3\xbc" * 5_000 in read(stores, new.task_id).input


def test__retry__again_with_what_was_read_before__is_the_same_task(stores: Stores) -> None:
    old = ended(stores)
    first, second = retry(stores, old), retry(stores, old)
    assert (second.task_id, second.request_token) == (first.task_id, first.request_token)
    assert len(stores.trail()) == 2


def test__retry__many_at_once__one_task_and_one_event(stores: Stores) -> None:
    old = ended(stores)
    tokens = at_once(8, lambda _: retry(stores, old).request_token)
    assert len(set(tokens)) == 1
    assert len(stores.trail()) == 2


def changed_status(task: Task) -> Task:
    return replace(task, status=Status.CANCELLED)


def changed_sequence(task: Task) -> Task:
    return replace(task, sequence=task.sequence + 1)


def changed_execution(task: Task) -> Task:
    return replace(task, execution_name=f"{task.task_id}-0")


@pytest.mark.parametrize("change", [changed_status, changed_sequence, changed_execution])
def test__retry__not_as_it_was_read__stores_nothing(
    stores: Stores, change: Callable[[Task], Task]
) -> None:
    old = change(ended(stores))
    new = retried(old, now=LATER, due_after=timedelta(seconds=60))
    with pytest.raises(StaleAttemptError):
        stores.executions.retry(old, new, by="user-1", now=LATER)
    assert stores.executions.get(new.task_id) is None
    assert read(stores, old.task_id).retried_as is None
    assert len(stores.trail()) == 1


def test__retry__change_was_noted_meanwhile__does_not_matter(stores: Stores) -> None:
    old = ended(stores)
    stores.executions.note_change(old, now=LATER)
    assert retry(stores, old).retry_of == old.task_id


def a_sync() -> Task:
    return a_task(
        kind=Kind.SYNC, service="jira", command={"system": "jira", "deadline_seconds": 900}
    )


def test__retry__what_it_must_have_alone_is_taken__stores_nothing(stores: Stores) -> None:
    old = ended(stores, task=a_sync())
    other = stores.executions.create(a_sync(), now=NOW, alone="sync/jira")
    with pytest.raises(AlreadyRunningError) as caught:
        retry(stores, old, alone="sync/jira")
    assert caught.value.task_id == other.task_id
    assert read(stores, old.task_id).retried_as is None


def test__retry__keeps_others_out(stores: Stores) -> None:
    new = retry(stores, ended(stores, task=a_sync()), alone="sync/jira")
    with pytest.raises(AlreadyRunningError) as caught:
        stores.executions.create(a_sync(), now=LATER, alone="sync/jira")
    assert caught.value.task_id == new.task_id


def a_run() -> Task:
    return a_task(kind=Kind.REPLAY, service="all", command={"rate_per_minute": 1})


def test__retry__during_a_run__while_its_attempt_has_it(stores: Stores) -> None:
    run = running(stores, a_run())
    assert retry(stores, ended(stores), during=run).status is Status.PENDING


@pytest.mark.parametrize("alone", [None, "sync/jira"])
def test__retry__during_a_run_that_was_cancelled__stores_nothing(
    stores: Stores, alone: str | None
) -> None:
    run, old = running(stores, a_run()), ended(stores, task=a_sync())
    cancelled = Outcome(status=Status.CANCELLED)
    stores.executions.end(read(stores, run.task_id), cancelled, now=LATER, expires_at=EXPIRY)
    with pytest.raises(RunOvertakenError):
        retry(stores, old, during=run, alone=alone)
    assert read(stores, old.task_id).retried_as is None


def test__retry__during_a_run_that_another_attempt_has__stores_nothing(stores: Stores) -> None:
    run, old = running(stores, a_run()), ended(stores)
    claim(stores.executions, run, attempt(2), due_at=LATER)
    with pytest.raises(RunOvertakenError):
        retry(stores, old, during=run)
    assert read(stores, old.task_id).retried_as is None


def test__resolve__stands_beside_the_status_with_its_event(stores: Stores) -> None:
    old = ended(stores, UNKNOWN)
    answered = stores.executions.resolve(old, FOUND_OUT, now=LATER)
    stands = read(stores, old.task_id)
    assert stands == answered
    assert (stands.status, stands.resolution) == (Status.UNKNOWN, FOUND_OUT)
    assert max(stores.trail()) == (old.task_id, "TASK_RESOLVED", 2)


def test__resolve__twice__the_first_stands(stores: Stores) -> None:
    old = ended(stores, UNKNOWN)
    stores.executions.resolve(old, FOUND_OUT, now=LATER)
    other = replace(FOUND_OUT, outcome=Verdict.TOOK_EFFECT)
    for as_read in (old, read(stores, old.task_id)):
        with pytest.raises(StaleAttemptError):
            stores.executions.resolve(as_read, other, now=LATER)
    assert read(stores, old.task_id).resolution == FOUND_OUT
    assert len(stores.trail()) == 2


def test__retry__resolved_since_it_was_read__is_read_again(stores: Stores) -> None:
    old = ended(stores, UNKNOWN)
    stores.executions.resolve(old, FOUND_OUT, now=LATER)
    with pytest.raises(StaleAttemptError):
        retry(stores, old)
    assert retry(stores, read(stores, old.task_id)).retry_of == old.task_id


def test__note_cancellation__beside_the_end_and_only_for_who_has_claimed_it(
    stores: Stores,
) -> None:
    task = read(stores, running(stores).task_id)
    cancellation = cancellation_of(replace(task, handle={"id": 1}), by="user-1", at=LATER)
    outcome = Outcome(status=Status.CANCELLED, cancellation=cancellation)
    stores.executions.end(task, outcome, now=LATER, expires_at=EXPIRY)
    assert read(stores, task.task_id).cancellation == cancellation

    def claim(number: int) -> Task:
        return stores.executions.claim_ended(
            task.task_id, execution_name=task.execution_name, attempt=attempt(number), now=LATER
        )

    first, second = claim(400), claim(500)
    noted = replace(
        cancellation,
        at_vendor=AtVendor.FAILED,
        failures=2,
        give_up_at=LATER,
        error={"type": "TransientError", "message": "503"},
    )
    with pytest.raises(StaleAttemptError):
        stores.executions.note_cancellation(replace(first, cancellation=noted), now=LATER)
    stores.executions.note_cancellation(replace(second, cancellation=noted), now=LATER)
    stands = read(stores, task.task_id)
    assert (stands.status, stands.cancellation) == (Status.CANCELLED, noted)

"""What a retry keeps of the task that it retries, and what it begins anew."""

import dataclasses
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.changes import ChangeRecord, ChangeState
from breakwater.domain.requests import execution_name
from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.retries import alone, refusal, retried, retried_id
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Problem, Task
from tests.fakes.tasks import NOW, a_task

LATER = NOW + timedelta(days=2)
SOON = timedelta(seconds=60)
KEPT = {
    "kind",
    "service",
    "owner",
    "correlation_id",
    "fingerprint",
    "subject",
    "package",
    "risk",
}
"""What was asked for, and by whom: whatever is added to a task must be put here or begin anew."""
ANEW = {
    "task_id",
    "execution_name",
    "request_token",
    "input",
    "created_at",
    "updated_at",
    "deadline",
    "due_at",
    "retry_of",
}


def an_ended_task() -> Task:
    """Return a task of which everything has been written down that can be."""
    task = a_task(command={"payload": {}, "change": {"system": "jira"}})
    return replace(
        task,
        status=Status.FAILED,
        revision=9,
        claimed_by="00000#1!",
        retries=3,
        intent={"effect": "launch"},
        handle={"id": 1},
        result={"job": 1},
        problem=Problem(type="PermanentError", message="no"),
        retry_at=NOW,
        sequence=4,
        change=ChangeRecord(system="jira", state=ChangeState.CLOSED, handle={"id": "1"}),
        retried_as="x",
        retried_by="user-1",
        cancellation=cancellation_of(task, by="user-1", at=NOW),
        resolution=Resolution(outcome=Verdict.DID_NOT, reason="x", by="o", at=NOW),
        expires_at=LATER,
    )


def test__retried__every_field__is_kept_or_begins_anew() -> None:
    old = an_ended_task()
    new = retried(old, now=LATER, due_after=SOON)
    for one in dataclasses.fields(Task):
        if one.name in KEPT:
            assert getattr(new, one.name) == getattr(old, one.name), one.name
        elif one.name not in ANEW | {"change"}:
            assert getattr(new, one.name) == one.default, one.name
    assert new.change == ChangeRecord(system="jira")


def test__retried__has_its_own_time_and_name() -> None:
    old = an_ended_task()
    new = retried(old, now=LATER, due_after=SOON)
    assert (new.created_at, new.deadline, new.due_at) == (
        LATER,
        LATER + timedelta(hours=1),
        LATER + SOON,
    )
    assert new.execution_name == execution_name(new.task_id, LATER, new.request_token)
    assert new.execution_name.startswith(new.task_id)
    assert (new.task_id, new.retry_of) == (retried_id(old), old.task_id)


def test__retried_id__follows_from_the_execution_of_the_old_one() -> None:
    old = an_ended_task()
    assert retried_id(old) == retried_id(replace(old, status=Status.CANCELLED, sequence=9))
    # The same key may be used again, for another task under the same id.
    assert retried_id(old) != retried_id(replace(old, execution_name=f"{old.task_id}-2"))


@pytest.mark.parametrize("has_origin", [True, False])
def test__retried__input__is_the_same_but_for_whose_it_is(has_origin: bool) -> None:
    old = an_ended_task()
    given = json.loads(old.input)
    if not has_origin:  # accepted before there was one
        del given["origin"]
        old = replace(old, input=json.dumps(given).encode())
    new = json.loads(retried(old, now=LATER, due_after=SOON).input)
    assert new == {
        **given,
        "task_id": retried_id(old),
        "origin": old.mark if has_origin else old.task_id,
    }


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, None),
        ({"kind": Kind.SYNC, "command": {"system": "jira"}}, "sync/jira"),
        ({"kind": Kind.CHAT, "command": {"conversation_id": "c"}}, "conversation/c"),
        ({"kind": Kind.REPLAY, "command": {"rate_per_minute": 1}}, "task-retries"),
    ],
)
def test__alone__follows_from_what_was_asked_for(
    changes: dict[str, Any], needed: str | None
) -> None:
    assert alone(a_task(**changes)) == needed


@pytest.mark.parametrize("status", Status)
def test__refusal__only_what_has_ended_without_success(status: Status) -> None:
    allowed = status in {Status.FAILED, Status.CANCELLED}
    assert (refusal(replace(a_task(), status=status)) is None) is allowed


@pytest.mark.parametrize("verdict", Verdict)
def test__refusal__unknown__once_it_is_known_that_nothing_happened(verdict: Verdict) -> None:
    resolution = Resolution(outcome=verdict, reason="x", by="o", at=NOW)
    task = replace(a_task(), status=Status.UNKNOWN, resolution=resolution)
    assert (refusal(task) is None) is (verdict is Verdict.DID_NOT)

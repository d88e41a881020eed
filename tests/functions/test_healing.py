"""What heals, as Lambda runs it: over moto's account and the vendors' stand-ins."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.attempts import Attempt
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem
from tests.fakes.events import OPERATOR
from tests.fakes.tasks import a_task, claim
from tests.functions.account import Account
from tests.functions.asking import accepted, deploy, get, post
from tests.functions.healing import BODY, PAYLOAD, fail, url
from tests.functions.lambdas import (
    AFTERCARE_MACHINE,
    MACHINE,
    VALUES,
    Context,
    Function,
    text,
)

RETRIES = "/api/v1/task-retries"
IN_DOUBT = Problem(type="OutcomeUnknownError", message="cancelled")


def test__cancel__ends_the_task_and_stops_its_execution(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api, BODY)
    status, body = post(api, url(task_id, "cancel"))

    [execution] = account.executions(MACHINE)
    assert (status, body["status"], body["cancellation"]["effect"]) == (202, "CANCELLED", "none")
    assert execution["status"] == "ABORTED"
    assert account.task(task_id).status is Status.CANCELLED
    assert account.trail == ["TASK_CANCELLED"]
    assert account.executions(AFTERCARE_MACHINE) == []


def test__cancel__vendor_has_something_to_stop__starts_aftercare_once(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api, BODY)
    now, store = datetime.now(UTC), account.store
    name = account.task(task_id).execution_name
    claimed = claim(store, account.task(task_id), Attempt(now, 0), now=now)
    store.intend(claimed, {"effect": "assign", "at": now.isoformat()}, now=now)
    first = post(api, url(task_id, "cancel"))
    again = post(api, url(task_id, "cancel"))

    [execution] = account.executions(AFTERCARE_MACHINE)
    given = json.loads(execution["input"])
    assert first == again
    assert (first[0], first[1]["status"]) == (202, "UNKNOWN")
    assert (given["execution"], given["command"]["payload"]) == (name, PAYLOAD)
    assert execution["name"].startswith(f"{name}-after-")
    assert len(execution["name"]) <= 80
    assert account.task(task_id).due_at is not None


def test__retry__is_stored_started_and_answered_alike(account: Account, function: Function) -> None:
    api = function("api")
    old_id = deploy(api, BODY)
    fail(account, old_id)
    answers = [post(api, url(old_id, "retry")) for _ in range(2)]

    new_id = answers[0][1]["task_id"]
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert account.task(old_id).retried_as == new_id
    names = {execution["name"] for execution in account.executions(MACHINE)}
    assert account.task(new_id).execution_name in names
    [event] = [one for one in account.items("events") if text(one, "type") == "TASK_RETRIED"]
    assert json.loads(event["data"]["S"])["retried_as"] == new_id


def test__retries__not_started__are_due_when_the_stages_next_sweep_comes(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VALUES, "UPKEEP_SECONDS", "7")
    api, batch = function("api"), function("replay/batch")
    ended = [deploy(api, BODY) for _ in range(2)]
    for task_id in ended:
        fail(account, task_id)
    assert post(api, url(ended[0], "retry"))[0] == 202
    run = accepted(api, RETRIES, {"service": "intune", "rate_per_minute": 60}, claims=OPERATOR)
    batch(account.step(run), Context())

    retries = [account.task(account.task(task_id).retried_as or "") for task_id in ended]
    waits = [(new.due_at - new.created_at).total_seconds() for new in retries if new.due_at]
    assert [6 <= wait <= 7 for wait in waits] == [True, True]  # due times are whole seconds


def test__retry__as_many_unfinished_as_the_stage_allows__429(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VALUES, "MAX_UNFINISHED", "1")
    api = function("api")
    old_id = deploy(api, BODY)
    fail(account, old_id)
    account.store.create(a_task(), now=datetime.now(UTC))
    status, problem = post(api, url(old_id, "retry"))
    assert (status, "1 unfinished tasks" in problem["detail"]) == (429, True)
    assert account.task(old_id).retried_as is None


def test__retry__input_that_stands_apart__is_kept_as_long_as_its_task(
    account: Account, function: Function
) -> None:
    api = function("api")
    now = datetime.now(UTC)
    large = a_task(command={"payload": {"text": "x" * 9_000}}, now=now)
    account.store.create(large, now=now)
    [apart] = [
        i for i in account.items("executions") if text(i, "task_id") == f"{large.task_id}#input"
    ]
    kept_until = datetime.fromtimestamp(int(apart["expires_at"]["N"]), UTC)
    assert kept_until > large.deadline + timedelta(days=30)
    fail(account, large.task_id)
    status, body = post(api, url(large.task_id, "retry"))
    assert status == 202
    new = account.store.with_input(account.task(body["task_id"]))
    assert json.loads(new.input)["command"] == json.loads(large.input)["command"]
    assert body["task_id"] != large.task_id


def test__resolve__then_retry(account: Account, function: Function) -> None:
    api = function("api")
    task_id = deploy(api, BODY)
    now, store = datetime.now(UTC), account.store
    claimed = claim(store, account.task(task_id), Attempt(now, 0), now=now)
    store.intend(claimed, {"effect": "assign"}, now=now)
    long_ago = now - timedelta(minutes=10)
    standing = account.task(task_id)
    left = cancellation_of(standing, by="user-1", at=long_ago)
    outcome = Outcome(status=Status.UNKNOWN, problem=IN_DOUBT, cancellation=left)
    store.end(standing, outcome, now=now, expires_at=now + timedelta(days=30))
    assert post(api, url(task_id, "retry"))[0] == 409
    verdict = {"outcome": "did_not", "reason": "the app has no such assignment"}
    status, body = post(api, url(task_id, "resolve"), verdict, claims=OPERATOR)
    assert (status, body["resolution"]["outcome"]) == (200, "did_not")
    assert post(api, url(task_id, "retry"))[0] == 202


def test__task_retries__counted_begun_and_done_at_a_rate(
    account: Account, function: Function
) -> None:
    api = function("api")
    failed = [deploy(api, BODY) for _ in range(12)]
    for task_id in failed:
        fail(account, task_id)
    deploy(api, BODY)
    asked = {"service": "intune", "rate_per_minute": 60}
    dry = post(api, RETRIES, {**asked, "dry_run": True}, claims=OPERATOR)
    assert dry == (200, {"count": 12, "exact": True})
    run = accepted(api, RETRIES, asked, claims=OPERATOR)
    batch = function("replay/batch")
    first = batch(account.step(run), Context())
    _, shown = get(api, f"{RETRIES}/{run}", claims=OPERATOR)
    second = batch(account.step(run, second=11), Context())

    assert (first["next"], second["next"]) == ("poll", "succeed")
    assert shown["progress"] == {
        "selected": 12,
        "exact": True,
        "retried": 10,
        "skipped": 0,
        "remaining": 2,
    }
    retried = [account.task(task_id).retried_as for task_id in failed]
    assert None not in retried
    assert len(set(retried)) == 12
    assert len(account.executions(MACHINE)) == 12 + 1 + 12


def test__task_retries__cancelled__its_step_retries_no_more(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api, BODY)
    fail(account, task_id)
    run = accepted(api, RETRIES, {"service": "intune", "rate_per_minute": 1}, claims=OPERATOR)
    status, _ = post(api, f"{RETRIES}/{run}/cancel", claims=OPERATOR)
    answer = function("replay/batch")(account.step(run), Context())

    assert (status, answer["next"]) == (202, "fail")
    assert account.task(task_id).retried_as is None

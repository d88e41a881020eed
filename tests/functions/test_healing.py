"""What heals, as Lambda runs it: over moto's account and the vendors' stand-ins."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.aftercare import cancellation_of
from breakwater.domain.attempts import Attempt
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem
from tests.fakes.events import OPERATOR, http_event
from tests.fakes.tasks import a_task
from tests.functions.healing import PAYLOAD, deploy, fail, read, send
from tests.functions.lambdas import (
    AFTERCARE_MACHINE,
    MACHINE,
    REPLAY_MACHINE,
    VALUES,
    Account,
    Context,
    LambdaHandler,
    text,
)

Function = Callable[[str], LambdaHandler]
IN_DOUBT = Problem(type="OutcomeUnknownError", message="cancelled")


def test__cancel__ends_the_task_and_stops_its_execution(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api)
    status, body = send(api, f"tasks/{task_id}/cancel")

    [execution] = account.executions(MACHINE)
    assert (status, body["status"], body["cancellation"]["effect"]) == (202, "CANCELLED", "none")
    assert execution["status"] == "ABORTED"
    assert read(account, task_id).status is Status.CANCELLED
    assert [text(event, "type") for event in account.items("events")] == ["TASK_CANCELLED"]
    assert account.executions(AFTERCARE_MACHINE) == []


def test__cancel__vendor_has_something_to_stop__starts_aftercare_once(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api)
    now, store = datetime.now(UTC), account.store
    name = read(account, task_id).execution_name
    claimed = store.claim(
        task_id, execution_name=name, attempt=Attempt(now, 0), now=now, due_at=now
    )
    store.intend(claimed, {"effect": "assign", "at": now.isoformat()}, now=now)
    first = send(api, f"tasks/{task_id}/cancel")
    again = send(api, f"tasks/{task_id}/cancel")

    [execution] = account.executions(AFTERCARE_MACHINE)
    given = json.loads(execution["input"])
    assert first == again
    assert (first[0], first[1]["status"]) == (202, "UNKNOWN")
    assert (given["execution"], given["command"]["payload"]) == (name, PAYLOAD)
    assert execution["name"].startswith(f"{name}-after-")
    assert len(execution["name"]) <= 80
    assert read(account, task_id).due_at is not None


def test__retry__is_stored_started_and_answered_alike(account: Account, function: Function) -> None:
    api = function("api")
    old_id = deploy(api)
    fail(account, old_id)
    answers = [send(api, f"tasks/{old_id}/retry") for _ in range(2)]

    new_id = answers[0][1]["task_id"]
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert read(account, old_id).retried_as == new_id
    names = {execution["name"] for execution in account.executions(MACHINE)}
    assert read(account, new_id).execution_name in names
    [event] = [one for one in account.items("events") if text(one, "type") == "TASK_RETRIED"]
    assert json.loads(event["data"]["S"])["retried_as"] == new_id


def test__retries__not_started__are_due_when_the_stages_next_sweep_comes(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VALUES, "UPKEEP_SECONDS", "7")
    api, batch = function("api"), function("replay/batch")
    ended = [deploy(api) for _ in range(2)]
    for task_id in ended:
        fail(account, task_id)
    assert send(api, f"tasks/{ended[0]}/retry")[0] == 202
    send(api, "task-retries", {"service": "intune", "rate_per_minute": 60}, OPERATOR)
    batch(replay_step(account, 1), Context())

    retries = [read(account, read(account, task_id).retried_as or "") for task_id in ended]
    waits = [(new.due_at - new.created_at).total_seconds() for new in retries if new.due_at]
    assert [6 <= wait <= 7 for wait in waits] == [True, True]  # due times are whole seconds


def test__retry__as_many_unfinished_as_the_stage_allows__429(
    account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VALUES, "MAX_UNFINISHED", "1")
    api = function("api")
    old_id = deploy(api)
    fail(account, old_id)
    account.store.create(a_task(), now=datetime.now(UTC))
    status, problem = send(api, f"tasks/{old_id}/retry")
    assert (status, "1 unfinished tasks" in problem["detail"]) == (429, True)
    assert read(account, old_id).retried_as is None


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
    status, body = send(api, f"tasks/{large.task_id}/retry")
    assert status == 202
    new = account.store.with_input(read(account, body["task_id"]))
    assert json.loads(new.input)["command"] == json.loads(large.input)["command"]
    assert body["task_id"] != large.task_id


def test__resolve__then_retry(account: Account, function: Function) -> None:
    api = function("api")
    task_id = deploy(api)
    now, store = datetime.now(UTC), account.store
    name = read(account, task_id).execution_name
    claimed = store.claim(
        task_id, execution_name=name, attempt=Attempt(now, 0), now=now, due_at=now
    )
    store.intend(claimed, {"effect": "assign"}, now=now)
    long_ago = now - timedelta(minutes=10)
    standing = read(account, task_id)
    left = cancellation_of(standing, by="user-1", at=long_ago)
    outcome = Outcome(status=Status.UNKNOWN, problem=IN_DOUBT, cancellation=left)
    store.end(standing, outcome, now=now, expires_at=now + timedelta(days=30))
    assert send(api, f"tasks/{task_id}/retry")[0] == 409
    verdict = {"outcome": "did_not", "reason": "the app has no such assignment"}
    status, body = send(api, f"tasks/{task_id}/resolve", verdict, OPERATOR)
    assert (status, body["resolution"]["outcome"]) == (200, "did_not")
    assert send(api, f"tasks/{task_id}/retry")[0] == 202


def replay_step(account: Account, second: int) -> dict[str, Any]:
    """Return what the machine invokes the one run's step with."""
    [execution] = account.executions(REPLAY_MACHINE)
    return {
        **json.loads(execution["input"]),
        "execution": execution["name"],
        "entered_at": f"2026-11-23T12:00:{second:02}.000Z",
        "retry_count": 0,
    }


def test__task_retries__counted_begun_and_done_at_a_rate(
    account: Account, function: Function
) -> None:
    api = function("api")
    failed = [deploy(api) for _ in range(12)]
    for task_id in failed:
        fail(account, task_id)
    deploy(api)
    asked = {"service": "intune", "rate_per_minute": 60}
    assert send(api, "task-retries", {**asked, "dry_run": True}, OPERATOR) == (
        200,
        {"count": 12, "exact": True},
    )
    status, run = send(api, "task-retries", asked, OPERATOR)
    batch = function("replay/batch")
    first = batch(replay_step(account, 1), Context())
    shown = api(
        http_event("GET", f"/api/v1/task-retries/{run['task_id']}", claims=OPERATOR), Context()
    )
    second = batch(replay_step(account, 11), Context())

    assert (status, first["next"], second["next"]) == (202, "poll", "succeed")
    assert json.loads(shown["body"])["progress"] == {
        "selected": 12,
        "exact": True,
        "retried": 10,
        "skipped": 0,
        "remaining": 2,
    }
    retried = [read(account, task_id).retried_as for task_id in failed]
    assert None not in retried
    assert len(set(retried)) == 12
    assert len(account.executions(MACHINE)) == 12 + 1 + 12


def test__task_retries__cancelled__its_step_retries_no_more(
    account: Account, function: Function
) -> None:
    api = function("api")
    task_id = deploy(api)
    fail(account, task_id)
    _, run = send(api, "task-retries", {"service": "intune", "rate_per_minute": 1}, OPERATOR)
    status, _ = send(api, f"task-retries/{run['task_id']}/cancel", None, OPERATOR)
    answer = function("replay/batch")(replay_step(account, 1), Context())

    assert (status, answer["next"]) == (202, "fail")
    assert read(account, task_id).retried_as is None

"""Runs of many retries as operators meet them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.domain.replays import Replaying
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind
from breakwater.ports import Count
from tests.fakes.events import OPERATOR
from tests.fakes.front import Answer, Front
from tests.unit.api.healing import ended, url

RUNS = "/api/v1/task-retries"
BODY = {"service": "intune", "rate_per_minute": 60}
CORRELATION = "3f2b8c1e-7a54-4c39-9d07-5b1f6e2a9c10"


def begin(front: Front, body: Any = BODY, *, claims: Any = OPERATOR, **headers: str) -> Answer:
    return front.post_to(RUNS, body, claims=claims, **headers)


def read(front: Front, task_id: str) -> Answer:
    return front.get(f"{RUNS}/{task_id}", claims=OPERATOR)


def test__dry_run__counts_and_begins_nothing(front: Front) -> None:
    for _ in range(3):
        ended(front)
    answer = begin(front, {"service": "intune", "dry_run": True})
    assert (answer.status, answer.json) == (200, {"count": 3, "exact": True})
    assert begin(front, {"service": "jamf", "dry_run": True}).json["count"] == 0
    assert len(front.store.tasks) == 3


def test__dry_run__more_than_can_be_counted_in_time__says_at_least(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front.failures, "count", lambda *_, **__: Count(7_000, exact=False))
    answer = begin(front, {**BODY, "dry_run": True})
    assert answer.json == {"count": 7_000, "exact": False}


def test__run__is_a_task_of_its_own(front: Front) -> None:
    ended(front)
    answer = begin(front, x_correlation_id=CORRELATION)
    task_id = answer.json["task_id"]
    task = front.store.tasks[task_id]

    assert answer.status == 202
    assert answer.headers["location"] == answer.json["status_url"] == f"{RUNS}/{task_id}/"
    assert (task.kind, task.owner, task.correlation_id) == (Kind.REPLAY, "operator-1", CORRELATION)
    assert json.loads(front.engine.started[-1].input)["command"] == BODY
    assert front.get(url(task_id, "status"), claims=OPERATOR).json["kind"] == "replay"
    assert read(front, task_id).json["progress"] is None


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test__run__of_who_may_operate_no_longer__is_out_of_their_reach(
    front: Front, action: str
) -> None:
    task_id = begin(front).json["task_id"]
    front.post_to(url(task_id, "cancel"), claims=OPERATOR)
    before = front.store.tasks.copy()
    answer = front.post_to(url(task_id, action), claims={**OPERATOR, "cognito:groups": "[submit]"})
    assert (answer.status, front.store.tasks) == (403, before)
    assert front.post_to(url(task_id, action), claims=OPERATOR).status in {202, 409}


def test__run__same_key__same_run(front: Front) -> None:
    first = begin(front, idempotency_key="k")
    front.clock.advance(60)
    ended(front)
    assert begin(front, idempotency_key="k").json == first.json
    assert begin(front, {**BODY, "rate_per_minute": 61}, idempotency_key="k").status == 422


def test__run__another_is_at_work__409_names_it(front: Front) -> None:
    first = begin(front).json["task_id"]
    answer = begin(front, {**BODY, "service": "jamf"})
    assert (answer.status, answer.json["task_id"]) == (409, first)
    assert answer.json["status_url"] == f"{RUNS}/{first}/"


@pytest.mark.parametrize(("rate", "minutes"), [(60, 15.1), (60.0, 15.1), (1, 21), (600, 15.01)])
def test__run__has_time_for_twice_what_it_takes(front: Front, rate: float, minutes: float) -> None:
    for _ in range(3):
        ended(front)
    task_id = begin(front, {**BODY, "rate_per_minute": rate}).json["task_id"]
    task = front.store.tasks[task_id]
    assert (task.deadline - task.created_at).total_seconds() == pytest.approx(minutes * 60)


@pytest.mark.parametrize(
    ("count", "status"), [(Count(1_440, exact=True), 202), (Count(1_441, exact=False), 400)]
)
def test__run__would_take_more_than_a_day__names_the_least_rate(
    front: Front, monkeypatch: pytest.MonkeyPatch, count: Count, status: int
) -> None:
    monkeypatch.setattr(front.failures, "count", lambda *_, **__: count)
    answer = begin(front, {**BODY, "rate_per_minute": 1})
    assert answer.status == status
    if status == 400:
        assert answer.faults["/rate_per_minute"].startswith("at least 2")


@pytest.mark.parametrize(("count", "status"), [(400_000, 202), (400_001, 400)])
def test__run__more_than_it_gets_to__is_refused_and_says_how_many(
    front: Front, monkeypatch: pytest.MonkeyPatch, count: int, status: int
) -> None:
    monkeypatch.setattr(front.failures, "count", lambda *_, **__: Count(count, exact=False))
    answer = begin(front, {**BODY, "rate_per_minute": 600})
    assert answer.status == status
    if status == 400:
        assert answer.faults[""].startswith("400001 tasks are selected")


def test__run__progress_and_end(front: Front) -> None:
    task_id = begin(front, {**BODY, "failed_after": "2026-11-23T12:00:00+02:00"}).json["task_id"]
    task = front.claim(task_id)
    handle = Replaying(selected=9, exact=True, retried=4, skipped=1).to_handle() | {"unheard_of": 1}
    front.store.advance(replace(task, handle=handle), now=front.clock.now())
    answer = read(front, task_id)

    assert answer.status == 200
    assert answer.headers["retry-after"] == "2"
    assert answer.json["progress"] == {
        "selected": 9,
        "exact": True,
        "retried": 4,
        "skipped": 1,
        "remaining": 4,
    }
    assert answer.json["selection"] == {
        "service": "intune",
        "failed_after": "2026-11-23T10:00:00+00:00",
    }
    cancelled = front.post_to(f"{RUNS}/{task_id}/cancel", claims=OPERATOR)
    assert (cancelled.status, cancelled.json["status"]) == (202, "CANCELLED")
    assert cancelled.headers["location"] == f"{RUNS}/{task_id}/"
    after = read(front, task_id)
    assert (after.json["status"], after.json["progress"]["retried"]) == ("CANCELLED", 4)
    assert "retry-after" not in after.headers
    assert front.store.tasks[task_id].due_at is None
    assert begin(front).status == 202  # the next one has its place


@pytest.mark.parametrize("path", [RUNS + "/{}", RUNS + "/{}/cancel"])
def test__run__is_for_operators_and_no_other_task(front: Front, path: str) -> None:
    run, other = begin(front).json["task_id"], ended(front, Status.FAILED)
    send = front.post_to if path.endswith("cancel") else front.get
    assert send(path.format(run)).status == 403
    assert send(path.format(other), claims=OPERATOR).status == 404
    assert send(path.format("x"), claims=OPERATOR).status == 404
    assert begin(front, claims={"sub": "user-1", "cognito:groups": "[submit]"}).status == 403


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], {""}),
        ({}, {"", "/rate_per_minute"}),
        ({"failed_before": "2026-11-23T12:00:00Z", "rate_per_minute": 1}, {""}),
        ({"service": "fax", "rate_per_minute": 0, "x": 1}, {"/service", "/rate_per_minute", "/x"}),
        ({"service": ["intune"], "rate_per_minute": True}, {"/service", "/rate_per_minute"}),
        ({"correlation_id": 7, "rate_per_minute": 601}, {"/correlation_id", "/rate_per_minute"}),
        (
            {"failed_after": "2026-11-23T12:00:00", "failed_before": 5, "dry_run": "yes"},
            {"/failed_after", "/failed_before", "/dry_run", "/rate_per_minute"},
        ),
        (
            {
                "failed_after": "2026-11-23T12:00:00Z",
                "failed_before": "2026-11-23T12:59:59+01:00",
                "dry_run": True,
            },
            {"/failed_before"},
        ),
    ],
)
def test__run__not_valid__every_fault(front: Front, body: Any, faults: set[str]) -> None:
    answer = begin(front, body)
    assert (answer.status, set(answer.faults)) == (400, faults)
    assert front.store.tasks == {}

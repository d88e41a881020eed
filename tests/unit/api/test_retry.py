"""POST /api/v1/tasks/{task_id}/retry and …/resolve as their users meet them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.errors import EngineUnavailableError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from tests.fakes.events import OPERATOR, SUBMITTER
from tests.fakes.front import BODY, Front, down
from tests.unit.api.healing import PROBLEM, accepted, ended, running, status, url

DID_NOT = {"outcome": "did_not", "reason": "the app has no such assignment"}
TOOK_EFFECT = {"outcome": "took_effect", "reason": "the app has it"}


def test__retry__is_a_new_task_that_asks_for_the_same(front: Front) -> None:
    old_id = ended(front)
    front.clock.advance(60)
    answer = front.post_to(url(old_id, "retry"))
    new_id = answer.json["task_id"]
    old, new = front.store.tasks[old_id], front.store.tasks[new_id]

    assert answer.status == 202
    assert answer.headers["location"] == f"/api/v1/tasks/{new_id}/status/"
    assert status(front, new_id)["retry_of"] == old_id
    assert status(front, old_id)["retried_as"] == new_id
    assert (new.owner, new.correlation_id, new.service) == (
        old.owner,
        old.correlation_id,
        old.service,
    )
    assert new.deadline - new.created_at == old.deadline - old.created_at
    assert new.created_at == front.clock.now()
    assert front.engine.started[-1].execution_name == new.execution_name
    given, wanted = json.loads(old.input), json.loads(new.input)
    assert wanted == {**given, "task_id": new_id, "origin": old.mark}


def test__retry__again_and_again__one_new_task(front: Front) -> None:
    task_id = ended(front)
    answers = [front.post_to(url(task_id, "retry"), claims=c) for c in (SUBMITTER, OPERATOR)]
    assert answers[0].json == answers[1].json
    assert len(front.store.tasks) == 2
    assert [event.type.value for event in front.store.events].count("TASK_RETRIED") == 1


def test__retry__of_a_retry__keeps_the_origin_of_the_chain(front: Front) -> None:
    first = ended(front)
    second = front.post_to(url(first, "retry")).json["task_id"]
    front.post_to(url(second, "cancel"))
    third = front.post_to(url(second, "retry")).json["task_id"]
    assert json.loads(front.store.tasks[third].input)["origin"] == front.store.tasks[first].mark
    assert status(front, third)["retry_of"] == second


def test__retry__cannot_be_started_yet__202_and_due(front: Front) -> None:
    task_id = ended(front)
    front.engine.error = down(EngineUnavailableError)
    answer = front.post_to(url(task_id, "retry"))
    new = front.store.tasks[answer.json["task_id"]]
    assert (answer.status, new.status) == (202, Status.PENDING)
    assert new.due_at is not None
    front.engine.error = None
    front.post_to(url(task_id, "retry"))
    assert front.engine.started[-1].task_id == new.task_id


def test__retry__with_a_change__gets_a_record_of_its_own(front: Front) -> None:
    change = {"system": "servicenow", "summary": "Company Portal"}
    task_id = front.post({**BODY, "change": change}).json["task_id"]
    front.post_to(url(task_id, "cancel"))
    new_id = front.post_to(url(task_id, "retry")).json["task_id"]
    assert status(front, new_id)["change"] == {"system": "servicenow", "state": "pending"}


def test__retry__what_must_be_alone_runs__409_names_it(front: Front) -> None:
    path = "/api/v1/integrations/jira/sync"
    first = front.post_to(path).json["task_id"]
    front.post_to(url(first, "cancel"))
    second = front.post_to(path).json["task_id"]
    answer = front.post_to(url(first, "retry"))
    assert (answer.status, answer.json["task_id"]) == (409, second)
    front.post_to(url(second, "cancel"))
    assert front.post_to(url(first, "retry")).status == 202


def test__retry__its_owner_has_no_room__429_and_when_to_ask_again() -> None:
    front = Front(most_unfinished=1)
    old_id = ended(front)
    standing = accepted(front)
    for claims in (SUBMITTER, OPERATOR):
        answer = front.post_to(url(old_id, "retry"), claims=claims)
        assert (answer.status, answer.headers["retry-after"]) == (429, "60")
        assert "1 unfinished tasks with intune" in answer.json["detail"]
    assert front.store.tasks[old_id].retried_as is None
    assert front.store.tasks.keys() == {old_id, standing}

    front.post_to(url(standing, "cancel"))
    assert front.post_to(url(old_id, "retry")).status == 202


@pytest.mark.parametrize("end", [Status.SUCCESS, Status.UNKNOWN])
def test__retry__ended_otherwise__409_says_why(front: Front, end: Status) -> None:
    answer = front.post_to(url(ended(front, end), "retry"))
    assert answer.status == 409
    assert {Status.SUCCESS: "succeeded", Status.UNKNOWN: "resolve"}[end] in answer.json["detail"]


@pytest.mark.parametrize("begun", [False, True])
def test__retry__not_ended__409(front: Front, begun: bool) -> None:
    task_id = running(front) if begun else accepted(front)
    assert front.post_to(url(task_id, "retry")).status == 409
    assert len(front.store.tasks) == 1


@pytest.mark.parametrize(("verdict", "answers"), [(DID_NOT, 202), (TOOK_EFFECT, 409)])
def test__retry__unknown_and_resolved__only_what_did_not_happen(
    front: Front, verdict: dict[str, str], answers: int
) -> None:
    task_id = ended(front, Status.UNKNOWN)
    resolved = front.post_to(url(task_id, "resolve"), verdict, claims=OPERATOR)
    assert resolved.status == 200
    assert front.post_to(url(task_id, "retry")).status == answers


def test__resolve__stands_beside_the_status(front: Front) -> None:
    task_id = ended(front, Status.UNKNOWN)
    answer = front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR)
    expected = {**DID_NOT, "by": "operator-1", "at": front.clock.now().isoformat()}
    assert (answer.json["status"], answer.json["resolution"]) == ("UNKNOWN", expected)
    assert status(front, task_id)["resolution"] == expected
    event = front.store.events[-1]
    assert (event.type.value, event.data["reason"], event.data["by"]) == (
        "TASK_RESOLVED",
        DID_NOT["reason"],
        "operator-1",
    )


def test__resolve__cancelled_in_doubt__that_it_did_not_happen_counts_once_nothing_can_arrive(
    front: Front,
) -> None:
    task_id = running(front, intent={"effect": "assign"})
    front.post_to(url(task_id, "cancel"))
    early = front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR)
    over_at = front.clock.now() + HARD_LIMIT
    assert (early.status, over_at.isoformat(timespec="seconds") in early.json["detail"]) == (
        409,
        True,
    )
    assert "resolution" not in status(front, task_id)
    front.clock.advance(HARD_LIMIT.total_seconds())
    assert front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR).status == 200


def test__resolve__a_step_could_not_tell__that_it_did_not_happen_counts_once_nothing_can_arrive(
    front: Front,
) -> None:
    now = front.clock.now()
    task_id = running(front, intent={"effect": "assign", "at": now.isoformat()})
    unknown = Outcome(status=Status.UNKNOWN, problem=PROBLEM)
    front.store.settle(
        front.store.tasks[task_id], unknown, now=now, expires_at=now + timedelta(days=30)
    )
    front.clock.advance(HARD_LIMIT.total_seconds() - 1)
    assert front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR).status == 409
    front.clock.advance(1)
    assert front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR).status == 200


def test__resolve__cancelled_in_doubt__that_it_happened_counts_at_once(front: Front) -> None:
    task_id = running(front, intent={"effect": "assign"})
    front.post_to(url(task_id, "cancel"))
    assert front.post_to(url(task_id, "resolve"), TOOK_EFFECT, claims=OPERATOR).status == 200


@pytest.mark.parametrize("same", [True, False])
def test__resolve__again__the_first_stands(front: Front, same: bool) -> None:
    task_id = ended(front, Status.UNKNOWN)
    first = front.post_to(url(task_id, "resolve"), DID_NOT, claims=OPERATOR)
    other = {**OPERATOR, "sub": "operator-2"}
    front.clock.advance(60)
    again = front.post_to(url(task_id, "resolve"), DID_NOT if same else TOOK_EFFECT, claims=other)
    assert again.status == (200 if same else 409)
    if same:
        assert again.json == first.json
    assert status(front, task_id)["resolution"]["outcome"] == "did_not"


@pytest.mark.parametrize("end", [Status.SUCCESS, Status.FAILED])
def test__resolve__there_is_no_doubt__409(front: Front, end: Status) -> None:
    answer = front.post_to(url(ended(front, end), "resolve"), DID_NOT, claims=OPERATOR)
    assert (answer.status, end.value in answer.json["detail"]) == (409, True)


def test__resolve__is_for_operators(front: Front) -> None:
    task_id = ended(front, Status.UNKNOWN)
    assert front.post_to(url(task_id, "resolve"), DID_NOT).status == 403
    missing = url("0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001", "resolve")
    assert front.post_to(missing, DID_NOT, claims=OPERATOR).status == 404


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], {""}),
        ({}, {"/outcome", "/reason"}),
        ({"outcome": "maybe", "reason": " ", "x": 1}, {"/outcome", "/reason", "/x"}),
        ({"outcome": ["did_not"], "reason": "x" * 501}, {"/outcome", "/reason"}),
        ({"outcome": "did_not", "reason": "two\nlines"}, {"/reason"}),
    ],
)
def test__resolve__not_valid__every_fault(front: Front, body: Any, faults: set[str]) -> None:
    task_id = ended(front, Status.UNKNOWN)
    answer = front.post_to(url(task_id, "resolve"), body, claims=OPERATOR)
    assert (answer.status, set(answer.faults)) == (400, faults)

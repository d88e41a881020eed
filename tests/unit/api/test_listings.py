import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from breakwater.ports import Entry
from tests.fakes.events import OPERATOR, OTHER, SUBMITTER, http_event
from tests.fakes.front import Answer, Front
from tests.fakes.tasks import NOW

PROMOTED: Mapping[str, Any] = {"sub": "user-1", "cognito:groups": "[operate]"}
ONE = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
WRONG = [("limit", "0"), ("limit", "101"), ("limit", "ten"), ("correlation_id", "x")]


def tasks(front: Front, *, claims: Any = SUBMITTER, **query: str) -> Answer:
    return front.send(http_event("GET", "/api/v1/tasks", claims=claims, query=query))


def events(front: Front, *, claims: Any = SUBMITTER, **query: str) -> Answer:
    return front.send(http_event("GET", "/api/v1/events", claims=claims, query=query))


def accepted(front: Front, number: int, *, claims: Any = SUBMITTER, **headers: str) -> str:
    front.clock.advance(1)
    task_id: str = front.post(claims=claims, **headers).json["task_id"]
    return task_id


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [task["task_id"] for task in answer.json["tasks"]]


def end(front: Front, task_id: str, status: Status = Status.SUCCESS) -> None:
    task, now = front.claim(task_id), front.clock.now()
    outcome = Outcome(status=status, result={"secret": "sauce"})
    front.store.settle(task, outcome, now=now, expires_at=now + timedelta(days=30))


def test__tasks__shows_what_a_status_shows_without_the_result(front: Front) -> None:
    task_id = accepted(front, 1)
    end(front, task_id)
    [shown] = tasks(front).json["tasks"]

    status = front.get(shown["status_url"]).json
    assert status.pop("result") == {"secret": "sauce"}
    assert shown == {**status, "service": "intune", "status_url": shown["status_url"]}


def test__tasks__one_s_own_newest_first__everybody_s_for_operators(front: Front) -> None:
    mine = [accepted(front, number) for number in range(2)]
    others = accepted(front, 3, claims=OTHER)

    assert ids(tasks(front)) == mine[::-1]
    assert ids(tasks(front, claims=OTHER)) == [others]
    assert ids(tasks(front, claims=OPERATOR)) == [others, *mine[::-1]]
    assert "execution_arn" in tasks(front, claims=OPERATOR).json["tasks"][0]
    assert "execution_arn" not in tasks(front).json["tasks"][0]


@pytest.mark.parametrize("limit", ["1", "2", "3", "100"])
def test__tasks__paged__each_once(front: Front, limit: str) -> None:
    expected = [accepted(front, number) for number in range(5)][::-1]
    found, cursor = list[str](), None
    for _ in range(7):
        answer = tasks(front, limit=limit, **({"cursor": cursor} if cursor else {}))
        found += ids(answer)
        cursor = answer.json["cursor"]
        if cursor is None:
            break
    assert found == expected


def test__tasks__filtered(front: Front) -> None:
    ended = accepted(front, 1)
    end(front, ended)
    waiting = accepted(front, 2, x_correlation_id=ONE)

    assert ids(tasks(front, status="SUCCESS")) == [ended]
    assert ids(tasks(front, status="PENDING")) == [waiting]
    assert ids(tasks(front, kind="sync")) == []
    assert ids(tasks(front, kind="deployment", correlation_id=ONE)) == [waiting]
    assert ids(tasks(front, correlation_id=ONE, claims=OTHER)) == []
    assert ids(tasks(front, correlation_id=ONE, claims=OPERATOR)) == [waiting]


@pytest.mark.parametrize(("name", "value"), [*WRONG, ("status", "success"), ("kind", "x")])
def test__tasks__wrong__is_named(front: Front, name: str, value: str) -> None:
    answer = tasks(front, **{name: value})
    assert (answer.status, list(answer.faults)) == (400, [name])


def test__tasks__every_fault_is_listed(front: Front) -> None:
    answer = tasks(front, limit="0", status="x", kind="x", correlation_id="x", since="x")
    assert set(answer.faults) == {"limit", "status", "kind", "correlation_id", "since"}


def test__cursor__another_caller_filter_list_or_right__is_refused(front: Front) -> None:
    for number in range(3):
        accepted(front, number)
    cursor = tasks(front, limit="1").json["cursor"]

    assert tasks(front, cursor=cursor, limit="2").status == 200
    for answer in (
        tasks(front, cursor=cursor, claims=OTHER),
        tasks(front, cursor=cursor, claims=PROMOTED),
        tasks(front, cursor=cursor, status="PENDING"),
        events(front, cursor=cursor, correlation_id=ONE),
    ):
        assert (answer.status, list(answer.faults)) == (400, ["cursor"])


def test__cursor__says_nothing_of_what_is_another_s(front: Front) -> None:
    for number in range(3):
        accepted(front, number, x_correlation_id=ONE)
    cursor = tasks(front, limit="1").json["cursor"]
    [last] = tasks(front, limit="1").json["tasks"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert last["task_id"].encode() not in raw
    assert tasks(front, limit="1").json["cursor"] != cursor


def test__events__of_one_s_own__all_for_operators(front: Front) -> None:
    mine = accepted(front, 1, x_correlation_id=ONE)
    others = accepted(front, 2, claims=OTHER, x_correlation_id=ONE)
    for task_id in (mine, others):
        end(front, task_id)

    [event] = events(front, correlation_id=ONE).json["events"]
    assert event["subject"] == mine
    assert event["type"] == "CONNECTOR_DEPLOY_SUCCESS"
    assert event["data"]["status"] == "SUCCESS"
    shown = events(front, correlation_id=ONE, claims=OPERATOR).json["events"]
    assert [one["subject"] for one in shown] == [mine, others]


def test__events__paged(front: Front) -> None:
    for number in range(3):
        end(front, accepted(front, number, x_correlation_id=ONE))
    first = events(front, correlation_id=ONE, limit="2").json
    rest = events(front, correlation_id=ONE, limit="2", cursor=first["cursor"]).json
    assert (len(first["events"]), len(rest["events"]), rest["cursor"]) == (2, 1, None)


def test__events__of_a_circuit__for_operators_only(front: Front) -> None:
    entry = Entry(
        stream="circuit/jira",
        position="000000000001",
        type="CIRCUIT_OVERRIDE_SET",
        correlation_id="circuit/jira",
        owner="user-1",
        occurred_at=NOW,
        data={"reason": "maintenance"},
    )
    front.trails.others.append(entry)

    [shown] = events(front, correlation_id="circuit/jira", claims=OPERATOR).json["events"]
    assert shown["subject"] == "circuit/jira"
    # Also not to who has set it, once the right is gone.
    assert events(front, correlation_id="circuit/jira").faults == {
        "correlation_id": "expected a UUID"
    }


def test__events__of_a_circuit_with_no_such_name__is_refused(front: Front) -> None:
    # A key of DynamoDB has 2,048 bytes at most.
    answer = events(front, correlation_id=f"circuit/{'x' * 2048}", claims=OPERATOR)
    assert answer.faults == {"correlation_id": "expected a UUID"}


@pytest.mark.parametrize(("name", "value"), WRONG)
def test__events__wrong__is_named(front: Front, name: str, value: str) -> None:
    answer = events(front, **{"correlation_id": ONE, name: value})
    assert (answer.status, list(answer.faults)) == (400, [name])


def test__events__of_nothing__is_refused(front: Front) -> None:
    assert events(front, status="x").faults == {
        "correlation_id": "required",
        "status": "unknown parameter",
    }


@pytest.mark.parametrize(("claims", "status"), [({"sub": "u"}, 403), (None, 401)])
def test__lists__without_the_right__are_not_shown(front: Front, claims: Any, status: int) -> None:
    assert tasks(front, claims=claims).status == status
    assert events(front, claims=claims, correlation_id=ONE).status == status

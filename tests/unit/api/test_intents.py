"""Deployment intents over HTTP: stated, read back, scored."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.tasks import Kind
from tests.fakes.events import OPERATOR, OTHER, SUBMITTER
from tests.fakes.front import Answer, Front, down
from tests.fakes.risk import STATEMENT, a_score

PATH = "/api/v1/deployment-intents"
NOBODY_S = "6f1c1f5e-0000-4000-8000-000000000000"


def state(
    front: Front, body: Any = STATEMENT, *, claims: Mapping[str, Any] = SUBMITTER, **headers: str
) -> Answer:
    return front.post_to(PATH, body, claims=claims, **headers)


def ask_score(
    front: Front, intent_id: str, body: Any = None, claims: Mapping[str, Any] = SUBMITTER
) -> Answer:
    return front.post_to(f"{PATH}/{intent_id}/risk-score", body, claims=claims)


def test__post__is_201_with_its_place_and_reads_back(front: Front) -> None:
    answer = state(front)

    intent_id = answer.json["intent_id"]
    assert answer.status == 201
    assert answer.headers["location"] == f"{PATH}/{intent_id}"
    assert answer.json == {
        "intent_id": intent_id,
        "correlation_id": answer.headers["x-correlation-id"],
        "created_at": front.clock.now().isoformat(),
        **STATEMENT,
        "risk": None,
    }
    read = front.get(answer.headers["location"])
    assert (read.status, read.json) == (200, answer.json)
    assert read.headers["etag"] == answer.headers["etag"]


def test__post__everything_wrong__lists_every_fault_at_once(front: Front) -> None:
    answer = state(
        front,
        {
            "connector_type": "puppet",
            "package": {"id": "", "provenance": "vendor", "signature": True, "x": 1},
            "targets": {"devices": 0, "ring": "outer", "criticality": "high"},
            "privilege": "root",
            "rollback": "tested",
            "change_window": {
                "starts_at": "2026-12-01T20:00:00Z",
                "ends_at": "2026-12-01T20:00:00Z",
            },
            "score": 0,
        },
    )

    assert answer.status == 400
    assert set(answer.faults) == {
        "/connector_type",
        "/package/id",
        "/package/signature",
        "/package/x",
        "/targets/devices",
        "/targets/ring",
        "/privilege",
        "/test_evidence",
        "/change_window/ends_at",
        "/score",
    }
    assert front.intents.intents == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({**STATEMENT, "connector_type": None}, "/connector_type"),
        ({key: value for key, value in STATEMENT.items() if key != "package"}, "/package"),
        ({**STATEMENT, "targets": {**STATEMENT["targets"], "devices": True}}, "/targets/devices"),
        (
            {**STATEMENT, "targets": {**STATEMENT["targets"], "devices": 10_000_001}},
            "/targets/devices",
        ),
        ({**STATEMENT, "package": {**STATEMENT["package"], "id": "x" * 257}}, "/package/id"),
        ({**STATEMENT, "package": {**STATEMENT["package"], "id": "a\x00b"}}, "/package/id"),
        (
            {**STATEMENT, "change_window": {"starts_at": "2026-12-01T20:00:00", "ends_at": "x"}},
            "/change_window/starts_at",
        ),
    ],
)
def test__post__not_valid__is_400_and_nothing_is_stored(
    front: Front, body: Any, pointer: str
) -> None:
    answer = state(front, body)
    assert answer.status == 400
    assert pointer in answer.faults
    assert front.intents.intents == {}


def test__post__same_key_same_body__is_the_same_intent(front: Front) -> None:
    first = state(front, idempotency_key="k")
    front.intents.put_score(first.json["intent_id"], a_score(1))
    again = state(front, idempotency_key="k", x_correlation_id="0" * 32)

    assert again.status == 201
    assert again.json["intent_id"] == first.json["intent_id"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["x-correlation-id"] == first.headers["x-correlation-id"]
    assert again.json["risk"]["score"] == a_score(1).score.score
    assert len(front.intents.intents) == 1


def test__post__same_key_other_body__is_422(front: Front) -> None:
    state(front, idempotency_key="k")
    assert state(front, {**STATEMENT, "rollback": "none"}, idempotency_key="k").status == 422


def test__post__same_key_of_another_caller__is_another_intent(front: Front) -> None:
    mine = state(front, idempotency_key="k")
    theirs = state(front, idempotency_key="k", claims=OTHER)
    assert mine.json["intent_id"] != theirs.json["intent_id"]


def test__post__without_a_key__is_a_new_intent_each_time(front: Front) -> None:
    assert state(front).json["intent_id"] != state(front).json["intent_id"]


@pytest.mark.parametrize(("claims", "status"), [(SUBMITTER, 200), (OPERATOR, 200), (OTHER, 404)])
def test__get__is_for_its_owner_and_for_operators(
    front: Front, claims: Mapping[str, Any], status: int
) -> None:
    path = state(front).headers["location"]
    assert front.get(path, claims=claims).status == status


@pytest.mark.parametrize("intent_id", [NOBODY_S, "not-a-uuid", NOBODY_S.upper()])
def test__get__no_such_intent__is_404(front: Front, intent_id: str) -> None:
    assert front.get(f"{PATH}/{intent_id}").status == 404


def test__get__unchanged__is_304_until_it_is_scored(front: Front) -> None:
    stated = state(front)
    path, tag = stated.headers["location"], stated.headers["etag"]
    assert front.get(path, if_none_match=tag).status == 304

    front.intents.put_score(stated.json["intent_id"], a_score(1))
    scored = front.get(path, if_none_match=tag)
    assert scored.status == 200
    assert scored.headers["etag"] != tag


def test__get__scored__explains_the_score(front: Front) -> None:
    stated = state(front)
    scored = a_score(1)
    front.intents.put_score(stated.json["intent_id"], scored)
    risk = front.get(stated.headers["location"]).json["risk"]

    assert risk["model"] == "1"
    assert sum(one["points"] for one in risk["factors"]) == risk["score"]
    assert all(set(one) == {"factor", "points", "weight", "reason"} for one in risk["factors"])
    assert (risk["task_id"], risk["at"]) == (scored.task_id, scored.at.isoformat())


def test__score__is_202_and_a_task_of_its_own_kind(front: Front) -> None:
    intent_id = state(front).json["intent_id"]
    answer = ask_score(front, intent_id, {"deadline_seconds": 900})

    assert answer.status == 202
    task = front.store.tasks[answer.json["task_id"]]
    assert (task.kind, task.service, task.subject) == (Kind.RISK_SCORE, "intune", intent_id)
    assert json.loads(task.input)["command"] == {"intent_id": intent_id, "deadline_seconds": 900}
    assert [one.task_id for one in front.engine.started] == [task.task_id]
    assert front.get(answer.headers["location"]).json["kind"] == "risk_score"


@pytest.mark.parametrize(("claims", "status"), [(OPERATOR, 202), (OTHER, 404)])
def test__score__is_for_who_may_see_the_intent(
    front: Front, claims: Mapping[str, Any], status: int
) -> None:
    intent_id = state(front).json["intent_id"]
    assert ask_score(front, intent_id, claims=claims).status == status


def test__score__no_such_intent__is_404_and_nothing_is_accepted(front: Front) -> None:
    assert ask_score(front, NOBODY_S).status == 404
    assert front.store.tasks == {}


@pytest.mark.parametrize("body", [[], {"deadline_seconds": 1}, {"force": True}])
def test__score__not_valid__is_400(front: Front, body: Any) -> None:
    intent_id = state(front).json["intent_id"]
    assert ask_score(front, intent_id, body).status == 400


def test__storage_down__is_503_without_a_word_of_why(front: Front) -> None:
    stated = state(front)
    front.intents.error = down(StorageUnavailableError)
    answers = [
        state(front),
        front.get(stated.headers["location"]),
        ask_score(front, stated.json["intent_id"]),
    ]
    assert [answer.status for answer in answers] == [503] * 3
    assert not any("arn:" in answer.text for answer in answers)

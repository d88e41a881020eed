"""Deployments that name their intent."""

from typing import Any

import pytest

from breakwater.domain.errors import StorageUnavailableError
from tests.fakes.events import OPERATOR
from tests.fakes.front import BODY, Front, down
from tests.fakes.risk import a_score, an_intent
from tests.fakes.tasks import PAYLOAD

NOBODY_S = "6f1c1f5e-0000-4000-8000-000000000000"


def intent(front: Front, **changes: Any) -> str:
    return front.intents.create(an_intent(**changes)).intent_id


def test__post__names_its_intent__keeps_the_score_of_that_moment(front: Front) -> None:
    intent_id = intent(front)
    front.intents.put_score(intent_id, a_score(1))
    answer = front.post({**BODY, "intent_id": intent_id})
    front.intents.put_score(intent_id, a_score(2))

    assert answer.status == 202
    score = a_score(1).score
    expected = {
        "intent_id": intent_id,
        "score": score.score,
        "level": score.level.value,
        "model": score.model,
    }
    assert front.get(answer.headers["location"]).json["risk"] == expected
    (listed,) = front.get("/api/v1/tasks").json["tasks"]
    assert listed["risk"] == expected


def test__post__names_an_intent_that_nobody_has_scored__says_so(front: Front) -> None:
    intent_id = intent(front)
    answer = front.post({**BODY, "intent_id": intent_id})
    assert front.get(answer.headers["location"]).json["risk"] == {
        "intent_id": intent_id,
        "score": None,
        "level": None,
        "model": None,
    }


def test__post__names_none__reads_none_and_shows_none(front: Front) -> None:
    answer = front.post()
    assert "risk" not in front.get(answer.headers["location"]).json
    assert front.intents.reads == 0


def test__post__again_after_another_score__is_the_same_deployment(front: Front) -> None:
    body = {**BODY, "intent_id": intent(front)}
    first = front.post(body, idempotency_key="k")
    front.intents.put_score(body["intent_id"], a_score(1))
    again = front.post(body, idempotency_key="k")

    assert (again.status, again.json) == (202, first.json)
    assert front.get(again.headers["location"]).json["risk"]["score"] is None


def test__post__same_key_other_intent__is_422(front: Front) -> None:
    front.post({**BODY, "intent_id": intent(front)}, idempotency_key="k")
    other = front.post({**BODY, "intent_id": intent(front)}, idempotency_key="k")
    assert other.status == 422


@pytest.mark.parametrize("given", [None, 7, "", "not-a-uuid", NOBODY_S.upper(), {}])
def test__post__names_no_uuid__is_refused_unread(front: Front, given: Any) -> None:
    answer = front.post({**BODY, "intent_id": given})
    assert answer.status == 400
    assert answer.faults == {"/intent_id": "expected a UUID"}
    assert front.intents.reads == 0


def test__post__names_what_is_not_there__is_refused(front: Front) -> None:
    answer = front.post({**BODY, "intent_id": NOBODY_S})
    assert answer.faults == {"/intent_id": "there is no such deployment intent of yours"}


def test__post__names_another_s_intent__is_refused_for_operators_too(front: Front) -> None:
    answer = front.post({**BODY, "intent_id": intent(front)}, claims=OPERATOR)
    assert answer.faults == {"/intent_id": "there is no such deployment intent of yours"}


def test__post__names_an_intent_for_another_connector__is_refused(front: Front) -> None:
    answer = front.post({**BODY, "intent_id": intent(front, connector_type="jamf")})
    assert answer.faults == {"/intent_id": "is an intent for the connector jamf"}


def test__post__names_an_intent_for_another_package__is_refused(front: Front) -> None:
    package = {"id": "another", "provenance": "vendor", "signature": "verified"}
    answer = front.post({**BODY, "intent_id": intent(front, package=package)})
    assert answer.faults == {"/intent_id": "is an intent for another package: another"}


def test__post__names_its_package_in_other_letters__is_accepted(front: Front) -> None:
    package = {"id": PAYLOAD["app_id"].upper(), "provenance": "vendor", "signature": "verified"}
    answer = front.post({**BODY, "intent_id": intent(front, package=package)})
    assert answer.status == 202


def test__post__everything_wrong__lists_the_intent_s_fault_too(front: Front) -> None:
    body = {"connector_type": "intune", "payload": {}, "intent_id": NOBODY_S, "x": 1}
    assert {"/x", "/intent_id", "/payload/app_id"} < set(front.post(body).faults)


def test__post__intents_cannot_be_read__is_503_and_nothing_is_accepted(front: Front) -> None:
    body = {**BODY, "intent_id": intent(front)}
    front.intents.error = down(StorageUnavailableError)
    assert front.post(body).status == 503
    assert front.store.tasks == {}


def test__post__keeps_the_name_of_what_it_deploys(front: Front) -> None:
    task_id = front.post().json["task_id"]
    assert front.store.tasks[task_id].package == f"intune/{PAYLOAD['app_id']}"

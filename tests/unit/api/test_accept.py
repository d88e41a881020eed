import json
import uuid

import pytest

from breakwater.api.headers import EVERYWHERE
from breakwater.domain.errors import (
    EngineRefusedError,
    EngineUnavailableError,
    StorageUnavailableError,
)
from breakwater.domain.status import Status
from tests.fakes.events import OTHER
from tests.fakes.front import BODY, Front, down
from tests.fakes.tasks import PAYLOAD

CORRELATION = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d00aa"


def test__post__valid__answers_202_with_exactly_the_promised_body_and_headers(front: Front) -> None:
    answer = front.post(x_correlation_id=CORRELATION)

    (task,) = front.store.tasks.values()
    url = f"/api/v1/tasks/{task.task_id}/status/"
    assert answer.status == 202
    assert answer.json == {
        "task_id": task.task_id,
        "correlation_id": CORRELATION,
        "status": "accepted",
        "status_url": url,
    }
    assert answer.headers == {
        **{name.lower(): value for name, value in EVERYWHERE.items()},
        "content-type": "application/json",
        "location": url,
        "retry-after": "2",
        "x-correlation-id": CORRELATION,
    }


def test__post__valid__stores_a_pending_task_and_starts_it_with_the_stored_bytes(
    front: Front,
) -> None:
    front.post(x_correlation_id=CORRELATION)

    (task,) = front.store.tasks.values()
    assert front.engine.started == [task]
    assert (task.status, task.owner, task.service) == (Status.PENDING, "user-1", "intune")
    assert json.loads(task.input) == {
        "origin": task.mark,
        "task_id": task.task_id,
        "correlation_id": CORRELATION,
        "command": {
            "connector_type": "intune",
            "payload": PAYLOAD,
            "deadline_seconds": 3600,
            "on_open_circuit": "wait",
        },
    }


def test__post__with_a_trailing_slash__is_the_same_operation(front: Front) -> None:
    first = front.post(idempotency_key="k")
    claims = {"sub": "user-1", "scope": "breakwater/submit"}
    again = front.post_to("/api/v1/deployments/", BODY, claims=claims, idempotency_key="k")

    assert again.json["task_id"] == first.json["task_id"]


def test__correlation_id__a_uuid_in_capitals__is_kept_in_canonical_form(front: Front) -> None:
    assert front.post(x_correlation_id=CORRELATION.upper()).json["correlation_id"] == CORRELATION


@pytest.mark.parametrize("given", ["", "abc", "1; DROP TABLE", f"{CORRELATION},{CORRELATION}"])
def test__correlation_id__not_a_uuid__is_replaced_by_a_new_one(front: Front, given: str) -> None:
    answer = front.post(x_correlation_id=given)

    found = answer.headers["x-correlation-id"]
    assert found == str(uuid.UUID(found)) != given
    assert answer.json["correlation_id"] == found


def test__replay__same_key_and_body__answers_the_first_202_with_its_correlation_id(
    front: Front,
) -> None:
    first = front.post(idempotency_key="k", x_correlation_id=CORRELATION)
    again = front.post(idempotency_key="k")

    assert (again.status, again.json) == (202, first.json)
    assert again.headers == first.headers
    assert len(front.store.tasks) == 1


def test__replay__still_pending__starts_the_same_execution_again(front: Front) -> None:
    front.engine.error = down(EngineUnavailableError)
    front.post(idempotency_key="k")
    front.engine.error = None
    front.post(idempotency_key="k")

    (task,) = front.store.tasks.values()
    assert front.engine.started == [task]


def test__replay__already_claimed__starts_nothing(front: Front) -> None:
    task_id = front.post(idempotency_key="k").json["task_id"]
    front.claim(task_id)
    front.post(idempotency_key="k")

    assert len(front.engine.started) == 1


def test__replay__defaults_spelled_out__is_the_same_request(front: Front) -> None:
    first = front.post(idempotency_key="k")
    spelled = {
        "deadline_seconds": 3600,
        "connector_type": "intune",
        "payload": {**PAYLOAD, "await_installation": False, "app_id": PAYLOAD["app_id"].upper()},
    }

    assert front.post(spelled, idempotency_key="k").json == first.json


def test__replay__another_body__is_422_and_leaves_the_first_alone(front: Front) -> None:
    front.post(idempotency_key="k")
    before = dict(front.store.tasks)
    answer = front.post({**BODY, "deadline_seconds": 901}, idempotency_key="k")

    assert answer.status == 422
    assert "Idempotency-Key" in answer.json["detail"]
    assert front.store.tasks == before
    assert len(front.engine.started) == 1


def test__key__of_another_user__is_another_task(front: Front) -> None:
    mine = front.post(idempotency_key="k")
    theirs = front.post(idempotency_key="k", claims={"sub": "user-2", "scope": "breakwater/submit"})

    assert mine.json["task_id"] != theirs.json["task_id"]


def test__no_key__each_post_is_a_task_of_its_own(front: Front) -> None:
    assert front.post().json["task_id"] != front.post().json["task_id"]


@pytest.mark.parametrize("key", ["k", "~", "!", "a" * 255])
def test__key__within_bounds__is_taken(front: Front, key: str) -> None:
    assert front.post(idempotency_key=key).status == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "é", "a\x00", "a\n", "\ud800"])
def test__key__outside_bounds__is_400_naming_the_header(front: Front, key: str) -> None:
    answer = front.post(idempotency_key=key)

    assert answer.status == 400
    assert list(answer.faults) == ["Idempotency-Key"]
    assert front.store.tasks == {}


@pytest.mark.parametrize("error", [EngineUnavailableError, EngineRefusedError])
def test__engine__does_not_start_it__the_promise_still_stands(
    front: Front, error: type[EngineUnavailableError | EngineRefusedError]
) -> None:
    front.engine.error = down(error)
    answer = front.post()

    assert answer.status == 202
    assert front.store.tasks[answer.json["task_id"]].status is Status.PENDING


def test__storage__down__is_503_with_retry_after_and_nothing_started(front: Front) -> None:
    front.store.error = down(StorageUnavailableError)
    answer = front.post()

    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"
    assert "secret-name" not in answer.text
    assert front.engine.started == []


def test__post__as_many_unfinished_as_allowed__answers_429_and_when_to_ask_again() -> None:
    front = Front(most_unfinished=1)
    first = front.post(idempotency_key="k")

    answer = front.post()
    assert answer.status == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "60"
    assert "1 unfinished tasks with intune" in answer.json["detail"]
    assert len(front.store.tasks) == 1

    again = front.post(idempotency_key="k")
    assert (again.status, again.json) == (202, first.json)
    assert front.post(claims=OTHER).status == 202

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import TERMINAL, Status
from breakwater.domain.tasks import Outcome, Problem
from tests.fakes.events import OPERATOR, OTHER
from tests.fakes.front import Answer, Front, down


def accepted(front: Front) -> str:
    """Return the path of a new task's status."""
    url: str = front.post().json["status_url"]
    return url


def end(front: Front, url: str, outcome: Outcome) -> None:
    task = front.claim(url.split("/")[4])
    now = front.clock.now()
    front.store.settle(task, outcome, now=now, expires_at=now + timedelta(days=30))


def test__status__pending__shows_the_whole_record(front: Front) -> None:
    posted = front.post()
    answer = front.get(posted.json["status_url"])

    assert answer.status == 200
    assert answer.json == {
        "task_id": posted.json["task_id"],
        "kind": "deployment",
        "status": "PENDING",
        "result": None,
        "error": None,
        "attempt": 1,
        "correlation_id": posted.json["correlation_id"],
        "created_at": "2026-01-01T12:00:00+00:00",
        "updated_at": "2026-01-01T12:00:00+00:00",
        "deadline": "2026-01-01T13:00:00+00:00",
    }
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["retry-after"] == "2"


def test__status__both_slash_variants__answer_alike(front: Front) -> None:
    url = accepted(front)
    with_slash, without = front.get(url), front.get(url.rstrip("/"))

    assert (without.status, without.json) == (with_slash.status, with_slash.json)


def test__status__failed__shows_the_error_without_what_it_does_not_say(front: Front) -> None:
    url = accepted(front)
    problem = Problem(type="PermanentError", message="no", service="intune", status_code=403)
    end(front, url, Outcome(status=Status.FAILED, problem=problem))
    answer = front.get(url)

    assert answer.json["status"] == "FAILED"
    assert answer.json["error"] == {
        "type": "PermanentError",
        "message": "no",
        "service": "intune",
        "status_code": 403,
    }


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test__status__terminal__needs_no_retry_after(front: Front, status: Status) -> None:
    url = accepted(front)
    end(front, url, Outcome(status=status, result={"app_id": "a"}))
    answer = front.get(url)

    assert answer.json["status"] == status.value
    assert answer.json["result"] == {"app_id": "a"}
    assert "retry-after" not in answer.headers


def test__status__operator__sees_others_tasks_and_the_execution(front: Front) -> None:
    url = accepted(front)
    (task,) = front.store.tasks.values()
    answer = front.get(url, claims=OPERATOR)

    assert answer.status == 200
    assert answer.json["execution_arn"] == f"arn:{task.execution_name}"


def test__status__owner_without_the_right_to_operate__sees_no_execution(front: Front) -> None:
    assert "execution_arn" not in front.get(accepted(front)).json


def without_ids(answer: Answer) -> dict[str, Any]:
    """Return a problem without what differs from request to request."""
    kept: dict[str, Any] = answer.json
    del kept["correlation_id"], kept["instance"]
    return kept


def test__status__another_users_task__looks_like_one_that_does_not_exist(front: Front) -> None:
    theirs = front.get(accepted(front), claims=OTHER)
    nobodys = front.get("/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/")

    assert theirs.status == nobodys.status == 404
    assert without_ids(theirs) == without_ids(nobodys)
    assert "etag" not in theirs.headers


@pytest.mark.parametrize("claims", [OTHER, OPERATOR])
@pytest.mark.parametrize(
    "given",
    [
        "health",
        "0D9C4D2B-6F0E-4A5C-9B57-3B1D6D3D0001",
        "0d9c4d2b6f0e4a5c9b573b1d6d3d0001",
        "%7B0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001%7D",
        "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001#input",
        "..",
        "\x00",
        "é",
        "a" * 5000,
    ],
)
def test__status__no_uuid__is_404_without_asking_the_table(
    front: Front, given: str, claims: Mapping[str, Any]
) -> None:
    front.store.error = down(StorageUnavailableError)

    assert front.get(f"/api/v1/tasks/{given}/status/", claims=claims).status == 404


def test__status__expired__is_404_for_everybody(front: Front) -> None:
    url = accepted(front)
    end(front, url, Outcome(status=Status.SUCCESS, result={}))
    front.clock.advance(timedelta(days=30).total_seconds() - 1)
    assert front.get(url).status == 200
    front.clock.advance(1)

    assert front.get(url).status == 404
    assert front.get(url, claims=OPERATOR).status == 404


def test__etag__unchanged__is_304_without_a_body(front: Front) -> None:
    url = accepted(front)
    tag = front.get(url).headers["etag"]
    answer = front.get(url, if_none_match=tag)

    assert (answer.status, answer.text) == (304, "")
    assert answer.headers["etag"] == tag
    assert answer.headers["retry-after"] == "2"
    assert "x-correlation-id" in answer.headers


@pytest.mark.parametrize("form", ["W/{}", '"other", {}', '"other",W/{},"more"', "*", " {} "])
def test__etag__weak_in_a_list_or_star__is_304(front: Front, form: str) -> None:
    url = accepted(front)
    tag = front.get(url).headers["etag"]

    assert front.get(url, if_none_match=form.format(tag)).status == 304


@pytest.mark.parametrize("form", ["", '"other"', "garbage", '"*"', "W/"])
def test__etag__none_of_the_given__is_200(front: Front, form: str) -> None:
    assert front.get(accepted(front), if_none_match=form).status == 200


def test__etag__any__of_a_task_that_is_not_yours__is_404(front: Front) -> None:
    assert front.get(accepted(front), claims=OTHER, if_none_match="*").status == 404


def test__etag__each_write__gives_another(front: Front) -> None:
    url = accepted(front)
    task_id = url.split("/")[4]
    tags = [front.get(url).headers["etag"]]
    task = front.claim(task_id)
    tags.append(front.get(url).headers["etag"])
    task = front.store.intend(task, {"effect": "assign"}, now=front.clock.now())
    tags.append(front.get(url).headers["etag"])
    front.store.advance(task, now=front.clock.now())
    tags.append(front.get(url).headers["etag"])
    expires_at = front.clock.now() + timedelta(days=30)
    outcome = Outcome(status=Status.SUCCESS, result={})
    front.store.settle(task, outcome, now=front.clock.now(), expires_at=expires_at)
    tags.append(front.get(url).headers["etag"])

    assert len(set(tags)) == len(tags)
    assert front.get(url, if_none_match=", ".join(tags[:-1])).status == 200


def test__etag__operator__differs_as_the_view_does(front: Front) -> None:
    url = accepted(front)
    tag = front.get(url).headers["etag"]

    assert front.get(url, claims=OPERATOR, if_none_match=tag).status == 200


def test__etag__key_used_again_after_expiry__does_not_match_the_old_task(front: Front) -> None:
    url = front.post(idempotency_key="k").json["status_url"]
    tag = front.get(url).headers["etag"]
    end(front, url, Outcome(status=Status.SUCCESS, result={}))
    front.clock.advance(timedelta(days=31).total_seconds())

    assert front.post(idempotency_key="k").json["status_url"] == url
    assert front.get(url, if_none_match=tag).status == 200

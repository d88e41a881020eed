"""POST /api/v1/tasks/{task_id}/cancel as its users meet it."""

import pytest

from breakwater.domain.errors import EngineUnavailableError, StorageUnavailableError
from breakwater.domain.status import Status
from tests.fakes.events import OPERATOR, OTHER
from tests.fakes.front import Front, down
from tests.unit.api.healing import accepted, ended, running, status, url

INTENT = {"effect": "launch", "at": "2026-11-23T12:00:00+00:00"}


@pytest.mark.parametrize("body", [None, {}])
def test__cancel__not_begun__ends_it_and_says_that_nothing_was_sent(
    front: Front, body: object
) -> None:
    task_id = accepted(front)
    answer = front.post_to(url(task_id, "cancel"), body)

    assert answer.status == 202
    assert answer.json == {
        "task_id": task_id,
        "correlation_id": answer.headers["x-correlation-id"],
        "status": "CANCELLED",
        "status_url": f"/api/v1/tasks/{task_id}/status/",
        "cancellation": {
            "by": "user-1",
            "at": front.clock.now().isoformat(),
            "effect": "none",
            "at_vendor": "nothing_to_stop",
        },
    }
    assert answer.headers["location"] == answer.json["status_url"]
    [event] = front.store.events
    assert (event.type.value, event.data["by"]) == ("TASK_CANCELLED", "user-1")
    assert front.store.tasks[task_id].due_at is None
    assert front.engine.aftercare == []


def test__cancel__vendor_has_accepted_it__is_to_be_asked_to_stop(front: Front) -> None:
    task_id = running(front, handle={"job_id": 7})
    answer = front.post_to(url(task_id, "cancel"))
    task = front.store.tasks[task_id]

    assert (answer.json["status"], answer.json["cancellation"]["effect"]) == (
        "CANCELLED",
        "accepted",
    )
    assert answer.json["cancellation"]["at_vendor"] == "pending"
    assert front.engine.stopped == [task.execution_name]
    assert [one.task_id for one in front.engine.aftercare] == [task_id]
    assert task.due_at is not None


def test__cancel__effect_in_doubt__is_unknown_and_says_of_what(front: Front) -> None:
    task_id = running(front, intent=INTENT)
    answer = front.post_to(url(task_id, "cancel"))
    shown = status(front, task_id)

    assert answer.status == 202
    assert (answer.json["status"], answer.json["cancellation"]["effect"]) == ("UNKNOWN", "in_doubt")
    assert shown["error"]["type"] == "OutcomeUnknownError"
    assert "'launch'" in shown["error"]["message"]
    [event] = front.store.events
    assert (event.type.value, event.data["effect"]) == ("TASK_OUTCOME_UNKNOWN", "in_doubt")


@pytest.mark.parametrize("known", [{}, {"intent": INTENT}, {"handle": {"job_id": 7}}])
def test__cancel__again__same_answer_and_one_event(front: Front, known: dict[str, object]) -> None:
    task_id = running(front, **known)
    first = front.post_to(url(task_id, "cancel"))
    front.clock.advance(5)
    again = front.post_to(url(task_id, "cancel"), claims=OPERATOR)

    assert (again.status, again.json) == (202, first.json)
    assert len(front.store.events) == 1


@pytest.mark.parametrize("end", [Status.SUCCESS, Status.FAILED, Status.UNKNOWN])
def test__cancel__has_ended_otherwise__409(front: Front, end: Status) -> None:
    task_id = ended(front, end)
    answer = front.post_to(url(task_id, "cancel"))

    assert answer.status == 409
    assert end.value in answer.json["detail"]
    assert status(front, task_id)["status"] == end.value
    assert front.engine.stopped == []


def test__cancel__engine_does_not_answer__has_ended_all_the_same(front: Front) -> None:
    task_id = running(front, handle={"job_id": 7})
    front.engine.error = down(EngineUnavailableError)
    answer = front.post_to(url(task_id, "cancel"))

    assert (answer.status, answer.json["status"]) == (202, "CANCELLED")
    assert front.store.tasks[task_id].due_at is not None


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test__others_task__404_but_for_operators(front: Front, action: str) -> None:
    task_id = ended(front) if action == "retry" else accepted(front)
    assert front.post_to(url(task_id, action), claims=OTHER).status == 404
    assert front.post_to(url("no-uuid", action)).status == 404
    assert front.post_to(url(task_id, action), claims={"sub": "user-1"}).status == 403
    assert front.post_to(url(task_id, action), claims=OPERATOR).status == 202


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test__body_with_anything_in_it__400_lists_all(front: Front, action: str) -> None:
    task_id = accepted(front)
    answer = front.post_to(url(task_id, action), {"b": 1, "a": 2})
    assert (answer.status, answer.faults) == (400, {"/a": "unknown field", "/b": "unknown field"})
    assert front.post_to(url(task_id, action), []).status == 400


@pytest.mark.parametrize("action", ["cancel", "retry", "resolve"])
def test__storage_is_down__503(front: Front, action: str) -> None:
    task_id = accepted(front)
    front.store.error = down(StorageUnavailableError)
    body = {"outcome": "did_not", "reason": "x"} if action == "resolve" else None
    answer = front.post_to(url(task_id, action), body, claims=OPERATOR)
    assert (answer.status, "secret" in answer.text) == (503, False)

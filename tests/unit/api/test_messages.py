"""POST /api/v1/conversations/{conversation_id}/messages as its users meet it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.domain.chats import (
    MAX_QUESTION_BYTES,
    MAX_TURNS,
)
from breakwater.domain.tasks import Kind
from tests.fakes.front import Front
from tests.unit.api.conversations import answered, ask, begin


def test__message__is_accepted_stored_and_started(front: Front) -> None:
    path = begin(front)
    answer = front.post_to(f"{path}/messages", {"content": "Why?", "deadline_seconds": 900})
    assert answer.status == 202
    [task] = front.engine.started
    assert answer.json["task_id"] == task.task_id
    assert (task.kind, task.service, task.owner) == (Kind.CHAT, "ai", "user-1")
    assert task.subject == path.rpartition("/")[2]
    assert json.loads(task.input) == {
        "task_id": task.task_id,
        "origin": task.mark,
        "correlation_id": task.correlation_id,
        "command": {
            "conversation_id": task.subject,
            "content": "Why?",
            "deadline_seconds": 900,
            "on_open_circuit": "wait",
        },
    }
    status = front.get(answer.headers["location"]).json
    assert (status["kind"], status["status"]) == ("chat", "PENDING")


def test__second_message__while_the_first_is_being_answered__is_409_and_names_it(
    front: Front,
) -> None:
    path = begin(front)
    first = ask(front, path)
    second = ask(front, path, "And?")
    assert second.status == 409
    running = {name: second.json[name] for name in ("task_id", "status_url")}
    assert running == {name: first.json[name] for name in running}
    assert len(front.engine.started) == 1
    assert ask(front, begin(front)).status == 202  # another conversation goes its own way
    front.engine.started.pop()
    answered(front)
    assert ask(front, path, "And?").status == 202


def test__message__again_under_the_same_key__is_the_same_task(front: Front) -> None:
    path = begin(front)
    first = ask(front, path, idempotency_key="k")
    again = ask(front, path, idempotency_key="k")
    assert (again.status, again.json) == (202, first.json)
    assert ask(front, path, "Another?", idempotency_key="k").status == 422
    assert len(front.store.tasks) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "/content"),
        ({"content": ""}, "/content"),
        ({"content": " \n"}, "/content"),
        ({"content": 7}, "/content"),
        ({"content": "\ud800"}, "/content"),
        ({"content": "x" * (MAX_QUESTION_BYTES + 1)}, "/content"),
        ({"content": "\N{BUG}" * (MAX_QUESTION_BYTES // 4 + 1)}, "/content"),
        ({"content": "?", "deadline_seconds": 1}, "/deadline_seconds"),
        ({"content": "?", "on_open_circuit": "hope"}, "/on_open_circuit"),
        ({"content": "?", "model": "mine"}, "/model"),
        ([], ""),
    ],
)
def test__message__is_not_valid__is_400(front: Front, body: Any, fault: str) -> None:
    answer = front.post_to(f"{begin(front)}/messages", body)
    assert (answer.status, list(answer.faults)) == (400, [fault])
    assert front.store.tasks == {}


def test__message__as_long_as_may_be__is_accepted(front: Front) -> None:
    assert ask(front, begin(front), "x" * MAX_QUESTION_BYTES).status == 202


def test__conversation__is_full__is_409_but_a_repeat_is_answered(front: Front) -> None:
    path = begin(front)
    first = ask(front, path, idempotency_key="k")
    answered(front)
    conversation_id = path.rpartition("/")[2]
    standing = front.conversations.conversations[conversation_id]
    full = replace(standing, turns=MAX_TURNS)
    front.conversations.conversations[conversation_id] = full
    assert ask(front, path, "One more?").status == 409
    assert ask(front, path, "One more?", idempotency_key="other").status == 409
    again = ask(front, path, idempotency_key="k")
    assert (again.status, again.json) == (202, first.json)

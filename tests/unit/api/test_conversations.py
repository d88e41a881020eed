import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.domain.chats import (
    MAX_QUESTION_BYTES,
    MAX_TITLE_CHARS,
    MAX_TURNS,
    Message,
    Role,
    message_id,
)
from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from tests.fakes.events import OPERATOR, SUBMITTER, http_event
from tests.fakes.front import Answer, Front, down

ROOT = "/api/v1/conversations"
NOBODYS = f"{ROOT}/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
OTHER = {"sub": "user-2", "cognito:groups": "[submit]"}
QUESTION = {"content": "Why?"}


def post(
    front: Front, path: str, body: Any = None, *, claims: Any = SUBMITTER, key: str = ""
) -> Answer:
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    text = None if body is None else body if isinstance(body, str) else json.dumps(body)
    return front.send(http_event("POST", path, body=text, headers=headers, claims=claims))


def begin(front: Front, title: str | None = None) -> str:
    """Begin a conversation and return its path."""
    answer = post(front, ROOT, None if title is None else {"title": title})
    assert answer.status == 201
    return answer.headers["location"]


def ask(front: Front, path: str, content: str = "Why?", **options: Any) -> Answer:
    return post(front, f"{path}/messages", {"content": content}, **options)


def answered(front: Front, content: str = "Because.") -> Task:
    """Let the workflow answer what was asked last."""
    task = front.engine.started[-1]
    claimed = front.claim(task.task_id)
    store, now = front.conversations, front.clock.now()
    turn = store.ask(
        claimed,
        origin=task.task_id,
        content=json.loads(task.input)["command"]["content"],
        now=now,
    )
    store.answer(
        claimed,
        Message(
            message_id=message_id(task.task_id, Role.ASSISTANT),
            turn=turn.question.turn,
            role=Role.ASSISTANT,
            content=content,
            created_at=now,
            task_id=task.task_id,
            metadata={"model": "m"},
        ),
    )
    done = Outcome(status=Status.SUCCESS, result={})
    front.store.settle(claimed, done, now=now, expires_at=task.deadline)
    return task


@pytest.mark.parametrize(
    ("body", "title"), [(None, None), ("{}", None), ({"title": " Rollout "}, "Rollout")]
)
def test__begin__answers_201_with_where_it_is(front: Front, body: Any, title: str | None) -> None:
    answer = post(front, ROOT, body)
    assert answer.status == 201
    conversation = answer.json
    assert answer.headers["location"] == f"{ROOT}/{conversation.pop('conversation_id')}"
    created = front.clock.now().isoformat()
    assert conversation == {"title": title, "created_at": created, "last_message_at": None}


def test__begin__again_under_the_same_key__is_the_same_conversation(front: Front) -> None:
    first = post(front, ROOT, {"title": "One"}, key="k")
    front.clock.advance(60)
    assert post(front, ROOT, {"title": "One"}, key="k").json == first.json
    assert post(front, ROOT, {"title": "Two"}, key="k").status == 422
    assert post(front, ROOT, {"title": "One"}, key="k", claims=OTHER).json != first.json


@pytest.mark.parametrize("title", ["", " ", "x" * (MAX_TITLE_CHARS + 1), "two\nlines", 7, None])
def test__begin__title_is_not_one__is_400(front: Front, title: Any) -> None:
    answer = post(front, ROOT, {"title": title})
    assert (answer.status, list(answer.faults)) == (400, ["/title"])


def test__message__is_accepted_stored_and_started(front: Front) -> None:
    path = begin(front)
    answer = post(front, f"{path}/messages", {"content": "Why?", "deadline_seconds": 900})
    assert answer.status == 202
    [task] = front.engine.started
    assert answer.json["task_id"] == task.task_id
    assert (task.kind, task.service, task.owner) == (Kind.CHAT, "ai", "user-1")
    assert task.subject == path.rpartition("/")[2]
    assert json.loads(task.input) == {
        "task_id": task.task_id,
        "origin": task.task_id,
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
    first = ask(front, path, key="k")
    again = ask(front, path, key="k")
    assert (again.status, again.json) == (202, first.json)
    assert ask(front, path, "Another?", key="k").status == 422
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
    answer = post(front, f"{begin(front)}/messages", body)
    assert (answer.status, list(answer.faults)) == (400, [fault])
    assert front.store.tasks == {}


def test__message__as_long_as_may_be__is_accepted(front: Front) -> None:
    assert ask(front, begin(front), "x" * MAX_QUESTION_BYTES).status == 202


def test__history__is_read_back_page_after_page(front: Front) -> None:
    path = begin(front, "Rollout")
    for number in range(3):
        ask(front, path, f"Question {number}?")
        answered(front, f"Answer {number}.")
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        event = http_event("GET", path, claims=SUBMITTER)
        event["queryStringParameters"] = {"limit": "4", **({"cursor": cursor} if cursor else {})}
        answer = front.send(event)
        assert answer.status == 200
        assert answer.json["title"] == "Rollout"
        pages.append([message["content"] for message in answer.json["messages"]])
        cursor = answer.json["cursor"]
    assert pages == [
        ["Question 0?", "Answer 0.", "Question 1?", "Answer 1."],
        ["Question 2?", "Answer 2."],
    ]


def test__message__in_the_history__says_who_when_and_how(front: Front) -> None:
    path = begin(front)
    ask(front, path)
    task = answered(front)
    question, answer = front.get(path).json["messages"]
    assert (question["role"], question["metadata"]) == ("user", None)
    assert (answer["role"], answer["metadata"]) == ("assistant", {"model": "m"})
    assert question["task_id"] == answer["task_id"] == task.task_id
    assert front.get(path).json["last_message_at"] == front.clock.now().isoformat()


def test__cursor__of_another_conversation__is_refused(front: Front) -> None:
    path, other = begin(front), begin(front)
    for content in ("One?", "Two?"):
        ask(front, path, content)
        answered(front)
    event = http_event("GET", path, claims=SUBMITTER)
    event["queryStringParameters"] = {"limit": "1"}
    cursor = front.send(event).json["cursor"]
    event = http_event("GET", other, claims=SUBMITTER)
    event["queryStringParameters"] = {"cursor": cursor}
    assert front.send(event).status == 400


@pytest.mark.parametrize(
    ("query", "fault"), [({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"x": "1"}, "x")]
)
def test__history__query_is_not_valid__is_400(
    front: Front, query: dict[str, str], fault: str
) -> None:
    event = http_event("GET", begin(front), claims=SUBMITTER)
    event["queryStringParameters"] = query
    answer = front.send(event)
    assert (answer.status, list(answer.faults)) == (400, [fault])


@pytest.mark.parametrize("claims", [OTHER, {**OPERATOR, "sub": "user-3"}])
def test__conversation__of_another_user__is_as_good_as_none(front: Front, claims: Any) -> None:
    path = begin(front)
    for answer in (
        front.get(path, claims=claims),
        ask(front, path, claims=claims),
        front.get(NOBODYS),
        ask(front, NOBODYS),
        front.get(f"{ROOT}/no-uuid"),
    ):
        assert answer.status == 404
        assert answer.json["detail"] == "There is no such conversation."
    assert front.store.tasks == {}


def test__conversation__is_full__is_409_but_a_repeat_is_answered(front: Front) -> None:
    path = begin(front)
    first = ask(front, path, key="k")
    answered(front)
    conversation_id = path.rpartition("/")[2]
    standing = front.conversations.conversations[conversation_id]
    full = replace(standing, turns=MAX_TURNS)
    front.conversations.conversations[conversation_id] = full
    assert ask(front, path, "One more?").status == 409
    assert ask(front, path, "One more?", key="other").status == 409
    again = ask(front, path, key="k")
    assert (again.status, again.json) == (202, first.json)


def test__rights__submit_is_needed(front: Front) -> None:
    path = begin(front)
    for claims, status in (({"sub": "user-1"}, 403), (None, 401)):
        assert post(front, ROOT, claims=claims).status == status
        assert front.get(path, claims=claims).status == status
        assert ask(front, path, claims=claims).status == status


def test__provider__is_not_configured__nothing_is_begun_or_asked() -> None:
    front = Front(with_provider=False)
    for answer in (post(front, ROOT), ask(front, NOBODYS)):
        assert answer.status == 404
        assert "provider" in answer.json["detail"]


def test__storage__is_down__is_503(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise down(StorageUnavailableError)

    path = begin(front)
    for name in ("create", "get"):
        monkeypatch.setattr(front.conversations, name, fail)
    for answer in (post(front, ROOT), front.get(path), ask(front, path)):
        assert answer.status == 503
        assert "retry-after" in answer.headers
        assert "secret" not in answer.text

"""Conversations: begun, read back, and nobody else's."""

from typing import Any

import pytest

from breakwater.domain.chats import (
    MAX_TITLE_CHARS,
)
from breakwater.domain.errors import StorageUnavailableError
from tests.fakes.events import OPERATOR, OTHER, SUBMITTER, http_event
from tests.fakes.front import Front, down
from tests.unit.api.conversations import NOBODYS, ROOT, answered, ask, begin


@pytest.mark.parametrize(
    ("body", "title"), [(None, None), ({}, None), ({"title": " Rollout "}, "Rollout")]
)
def test__begin__answers_201_with_where_it_is(front: Front, body: Any, title: str | None) -> None:
    answer = front.post_to(ROOT, body, content_type="application/json")
    assert answer.status == 201
    conversation = answer.json
    assert answer.headers["location"] == f"{ROOT}/{conversation.pop('conversation_id')}"
    created = front.clock.now().isoformat()
    assert conversation == {"title": title, "created_at": created, "last_message_at": None}


def test__begin__again_under_the_same_key__is_the_same_conversation(front: Front) -> None:
    first = front.post_to(ROOT, {"title": "One"}, idempotency_key="k")
    front.clock.advance(60)
    assert front.post_to(ROOT, {"title": "One"}, idempotency_key="k").json == first.json
    assert front.post_to(ROOT, {"title": "Two"}, idempotency_key="k").status == 422
    assert (
        front.post_to(ROOT, {"title": "One"}, idempotency_key="k", claims=OTHER).json != first.json
    )


@pytest.mark.parametrize("title", ["", " ", "x" * (MAX_TITLE_CHARS + 1), "two\nlines", 7, None])
def test__begin__title_is_not_one__is_400(front: Front, title: Any) -> None:
    answer = front.post_to(ROOT, {"title": title})
    assert (answer.status, list(answer.faults)) == (400, ["/title"])


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


def test__rights__submit_is_needed(front: Front) -> None:
    path = begin(front)
    for claims, status in (({"sub": "user-1"}, 403), (None, 401)):
        assert front.post_to(ROOT, claims=claims).status == status
        assert front.get(path, claims=claims).status == status
        assert ask(front, path, claims=claims).status == status


def test__provider__is_not_configured__nothing_is_begun_or_asked() -> None:
    front = Front(with_provider=False)
    for answer in (front.post_to(ROOT), ask(front, NOBODYS)):
        assert answer.status == 404
        assert "provider" in answer.json["detail"]


def test__storage__is_down__is_503(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise down(StorageUnavailableError)

    path = begin(front)
    for name in ("create", "get"):
        monkeypatch.setattr(front.conversations, name, fail)
    for answer in (front.post_to(ROOT), front.get(path), ask(front, path)):
        assert answer.status == 503
        assert "retry-after" in answer.headers
        assert "secret" not in answer.text

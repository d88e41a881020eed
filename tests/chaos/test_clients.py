"""Clients ask until they have heard an answer, and always for the same task."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

import httpx
import pytest

from infra.local.client import Client
from infra.local.stack import LocalStack
from tests.chaos import clients as module
from tests.chaos.book import Accepted, Book
from tests.chaos.clients import Clients, Manners
from tests.chaos.decks import stream
from tests.chaos.wishes import Wish

WISH = Wish(kind="deployment", service="jamf", path="deployments", body={"connector_type": "jamf"})
SYNC = Wish(kind="sync", service="jira", path="integrations/jira/sync", body={})
TASK = "6b0d6a54-0d3c-4a3e-9b7a-0f3f7e4f1c11"

Answers = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def accepted(task: str = TASK) -> httpx.Response:
    return httpx.Response(202, json={"task_id": task})


def ask(
    book: Book, answers: Iterator[httpx.Response | Exception], wish: Wish = WISH, **manners: object
) -> tuple[Accepted | None, list[httpx.Request]]:
    """Let one client ask once, and return what it got and what it sent."""
    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.Client(transport=httpx.MockTransport(respond))
    with Client("http://api", "token", http=transport) as client:
        fleet = Clients(
            cast("LocalStack", None),
            book,
            1,
            Manners(**{"loses_answers": False, **manners}),  # type: ignore[arg-type]
        )
        return fleet.ask(client, wish, stream(1, "client")), sent


def test__trouble__is_asked_again_under_the_same_key() -> None:
    book = Book()
    trouble: list[httpx.Response | Exception] = [
        httpx.ConnectError("gone"),
        httpx.Response(502),
        httpx.Response(503),
    ]

    found, sent = ask(book, iter([*trouble, accepted()]))

    assert found is not None
    assert found.task_id == TASK
    assert {request.headers["idempotency-key"] for request in sent} == {WISH.key}
    assert {request.headers["x-correlation-id"] for request in sent} == {WISH.correlation_id}
    assert book.accepted.keys() == {TASK}
    assert book.tallies == {
        "requests without an answer": 1,
        "answers of 502": 1,
        "answers of 503": 1,
    }


def test__answer_is_lost__another_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ANSWER_LOST", 1.0)
    book = Book()

    found, sent = ask(book, iter([accepted(), accepted()]), loses_answers=True)

    assert found is not None
    assert len(sent) == 2
    assert book.split_keys == 0


def test__another_task_under_the_same_key__is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ANSWER_LOST", 1.0)
    book = Book()

    ask(book, iter([accepted("one"), accepted("two")]), loses_answers=True)

    assert book.split_keys == 1
    assert book.tasks_of(WISH.correlation_id) == ["two", "one"]


def test__refused__is_noted_and_not_asked_again() -> None:
    book = Book()

    found, sent = ask(book, iter([httpx.Response(400, text="why")]))

    assert found is None
    assert len(sent) == 1
    assert book.refusals == ["deployment jamf: 400: why"]


def test__sync_that_is_running__is_asked_for_again() -> None:
    book = Book()

    found, _ = ask(book, iter([httpx.Response(409), accepted()]), SYNC)

    assert found is not None
    assert book.refusals == []


def test__no_answer_for_long__gives_up() -> None:
    book = Book()

    found, sent = ask(book, iter([]), asks_for=0.0)

    assert (found, sent) == (None, [])
    assert book.tallies == {"requests given up by the client": 1}


def test__lanes__every_wish_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    lock = threading.Lock()

    def note(self: Clients, client: Client, wish: Wish, chance: object) -> None:
        with lock:
            asked.append(wish.key)

    monkeypatch.setattr(Clients, "ask", note)

    class Stack:
        api_url = "http://api"
        tokens = {"submit": "token"}  # noqa: RUF012 - nobody changes it

    many = [Wish(kind="deployment", service="x", path="x", body={}) for _ in range(40)]
    few = [SYNC]
    fleet = Clients(cast("LocalStack", Stack()), Book(), 1)
    with fleet.at_work((many, 4), (few, 1)) as busy:
        while busy():
            pass

    assert sorted(asked) == sorted(wish.key for wish in (*many, *few))

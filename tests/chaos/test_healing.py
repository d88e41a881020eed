"""What clients do to their tasks, and what is noted of it."""

import time
from collections.abc import Iterator
from random import Random
from typing import cast

import httpx
import pytest

from infra.local.client import Client
from tests.chaos import healing as module
from tests.chaos.book import Accepted, Book
from tests.chaos.healing import CANCELLED, Healing
from tests.chaos.strikes import Strikes
from tests.chaos.wishes import Wish

WISH = Wish(kind="deployment", service="jamf", path="deployments", body={})
ACCEPTED = Accepted(task_id="old", wish=WISH)


class Always:
    """Chance that always says yes."""

    def random(self) -> float:
        return 0.0

    def uniform(self, low: float, high: float) -> float:
        return low


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def heal(what: str, answers: Iterator[httpx.Response | Exception]) -> tuple[Book, Strikes]:
    def respond(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    book, strikes = Book(), Strikes()
    http = httpx.Client(transport=httpx.MockTransport(respond))
    with Client("http://api", "token", http=http) as client:
        getattr(Healing(book, strikes), what)(client, ACCEPTED, cast("Random", Always()))
    return book, strikes


def status(text: str) -> httpx.Response:
    return httpx.Response(200, json={"status": text})


def retried(task: str) -> httpx.Response:
    return httpx.Response(202, json={"task_id": task})


def test__cancelled__after_trouble__is_noted_and_may_be_what_leaves_a_doubt() -> None:
    trouble: list[httpx.Response | Exception] = [httpx.ConnectError("gone"), httpx.Response(503)]
    book, strikes = heal("cancel_some", iter([*trouble, httpx.Response(202)]))

    assert book.tallies[CANCELLED] == 1
    [strike] = strikes.all()
    assert (strike.kind, strike.whose, strike.casts_doubt) == (CANCELLED, "old", True)
    assert strike.until is not None
    assert strike.at < strike.until  # from the first time that it was asked for, to the answer


def test__ended_meanwhile__is_no_refusal() -> None:
    book, _ = heal("cancel_some", iter([httpx.Response(409)]))

    assert book.tallies == {"cancelled too late": 1}
    assert book.refusals == []


def test__retried__asked_twice__one_task() -> None:
    book, _ = heal("retry_some", iter([status("FAILED"), retried("new"), retried("new")]))

    assert book.accepted["new"].retry_of == "old"
    assert book.split_keys == 0


def test__retried__as_two_tasks__is_noted() -> None:
    book, _ = heal("retry_some", iter([status("CANCELLED"), retried("new"), retried("other")]))

    assert book.split_keys == 1


@pytest.mark.parametrize("standing", ["SUCCESS", "UNKNOWN", "RUNNING"])
def test__not_failed__is_left_alone(standing: str) -> None:
    book, _ = heal("retry_some", iter([status(standing)]))

    assert book.accepted == {}


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        ("cancel_some", [httpx.Response(403, text="no")]),
        ("retry_some", [status("FAILED"), httpx.Response(403, text="no")]),
    ],
)
def test__refused__is_noted(what: str, answers: list[httpx.Response | Exception]) -> None:
    book, _ = heal(what, iter(answers))

    assert len(book.refusals) == 1


def test__no_answer_for_long__gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TRIES", 3)
    book, _ = heal("retry_some", iter([status("FAILED"), *(httpx.Response(502) for _ in range(3))]))

    assert book.accepted == {}

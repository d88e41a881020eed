"""Clients that do not trust the network: each asks under one key until it has an answer."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from random import Random
from typing import Any, Protocol

import httpx

from infra.local.client import TERMINAL, Client
from infra.local.stack import LocalStack
from tests.chaos.book import Accepted, Book
from tests.chaos.decks import stream
from tests.chaos.wishes import Wish

ASKED_AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers after which a client asks again, under the same key."""
UNANSWERED = "requests without an answer"
_ANSWER_LOST, _TOO_IMPATIENT = 0.1, 0.1
"""How many clients lose the answer that they got, and how many leave before it comes."""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How clients behave. Seconds."""

    asks_for: float = 60.0
    """How long a request is repeated before its client gives up."""
    watches_for: float = 5.0
    """How long a client follows its task before it asks for the next one."""
    pause: float = 0.4
    starts_apart: float = 1.5
    loses_answers: bool = True


class Helper(Protocol):
    """Does something with a task beside following it."""

    def __call__(self, client: Client, accepted: Accepted, chance: Random) -> None:
        """Do it, or leave it, as chance has it."""
        ...


@dataclass
class Clients:
    """A fleet that shares a queue of wishes; each wish is some client's own.

    `meanwhile` is done with each task that was accepted, `afterwards` once it was followed.
    """

    stack: LocalStack
    book: Book
    seed: int
    manners: Manners = field(default_factory=Manners)
    meanwhile: Helper | None = None
    afterwards: Helper | None = None

    @contextmanager
    def at_work(self, *lanes: tuple[Sequence[Wish], int]) -> Iterator[Callable[[], bool]]:
        """Run so many clients for each lane; yield what says whether they are still at work."""
        queues = [queue for lane, clients in lanes for queue in [_filled(lane)] * clients]
        threads = [
            threading.Thread(
                target=self._work, args=(number, wishes), name=f"client-{number}", daemon=True
            )
            for number, wishes in enumerate(queues)
        ]
        for thread in threads:
            thread.start()
        yield lambda: any(thread.is_alive() for thread in threads)
        for thread in threads:
            thread.join()

    def _work(self, number: int, wishes: "SimpleQueue[Wish]") -> None:
        chance = stream(self.seed, f"client {number}")
        # One after the other: each begins with a cold start, and a laptop has few cores.
        time.sleep(number * self.manners.starts_apart)
        with Client(self.stack.api_url, self.stack.tokens["submit"]) as client:
            while True:
                try:
                    wish = wishes.get_nowait()
                except Empty:
                    return
                accepted = self.ask(client, wish, chance)
                if accepted is not None:
                    self._go_along(client, accepted, chance)

    def _go_along(self, client: Client, accepted: Accepted, chance: Random) -> None:
        if self.meanwhile is not None:
            self.meanwhile(client, accepted, chance)
        until = time.monotonic() + self.manners.watches_for
        while time.monotonic() < until and status_of(client, accepted.task_id) not in TERMINAL:
            time.sleep(self.manners.pause)
        if self.afterwards is not None:
            self.afterwards(client, accepted, chance)

    def ask(self, client: Client, wish: Wish, chance: Random) -> Accepted | None:
        """Ask until there is an answer that was heard; None where the client gave up."""
        until = time.monotonic() + self.manners.asks_for
        if wish.opens is not None:
            path, body = wish.opens
            opening = replace(wish, path=path, body=body)
            opened = self._heard(lambda: _post(client, opening), wish, until)
            if opened is None:
                return None
            wish = replace(wish, path=wish.path.format(opened.headers["location"].split("/")[-1]))
        if self.manners.loses_answers and chance.random() < _TOO_IMPATIENT:
            _post(client, wish, seconds=chance.uniform(0.005, 0.3))
            self.book.count("answers that the client did not wait for")
        accepted = self._accepted(client, wish, until)
        if accepted and self.manners.loses_answers and chance.random() < _ANSWER_LOST:
            self.book.count("answers lost by the client")
            accepted = self._accepted(client, wish, until)
        return accepted

    def _accepted(self, client: Client, wish: Wish, until: float) -> Accepted | None:
        since = time.monotonic()
        answer = self._heard(lambda: _post(client, wish), wish, until)
        if answer is None:
            return None
        task, took = str(answer.json()["task_id"]), time.monotonic() - since
        accepted = Accepted(task_id=task, wish=wish, seconds=took)
        self.book.accept(accepted)
        return accepted

    def _heard(
        self, send: Callable[[], httpx.Response | None], wish: Wish, until: float
    ) -> httpx.Response | None:
        """Send until there is an answer that is none of trouble; None where there is no hope."""
        while time.monotonic() < until:
            answer = send()
            if answer is not None and answer.is_success:
                return answer
            running = answer is not None and answer.status_code == httpx.codes.CONFLICT
            if running and wish.kind == "sync":
                self.book.count("syncs that were running already")
            elif answer is None:
                self.book.count(UNANSWERED)
            elif answer.status_code in ASKED_AGAIN:
                self.book.count(f"answers of {answer.status_code}")
            else:
                self.book.refuse(wish, f"{answer.status_code}: {answer.text[:300]}")
                return None
            time.sleep(self.manners.pause)
        self.book.count("requests given up by the client")
        return None


def status_of(client: Client, task: str) -> str | None:
    """Return where a task stands, or None where nobody says."""
    try:
        answer = client.status(task)
    except httpx.TransportError:
        return None
    return str(answer.json()["status"]) if answer.is_success else None


def send(client: Client, path: str, **request: Any) -> httpx.Response | None:
    """Post something, and return the answer, or None where there was none."""
    try:
        return client.request("POST", path, **request)
    except httpx.TransportError:
        return None


def _post(client: Client, wish: Wish, *, seconds: float = 15.0) -> httpx.Response | None:
    headers = {"Idempotency-Key": wish.key, "X-Correlation-ID": wish.correlation_id}
    return send(client, wish.path, headers=headers, json=dict(wish.body), timeout=seconds)


def _filled(wishes: Iterable[Wish]) -> "SimpleQueue[Wish]":
    filled: SimpleQueue[Wish] = SimpleQueue()
    for wish in wishes:
        filled.put(wish)
    return filled

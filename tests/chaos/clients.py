"""Clients that do not trust the network: each asks under one key until it has an answer."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from random import Random

import httpx

from infra.local.client import TERMINAL, Client
from infra.local.stack import LocalStack
from tests.chaos.book import Accepted, Book
from tests.chaos.decks import stream
from tests.chaos.wishes import Wish

ASKED_AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers after which a client asks again, under the same key."""
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
    loses_answers: bool = True


@dataclass
class Clients:
    """A fleet that shares a queue of wishes; each wish is some client's own."""

    stack: LocalStack
    book: Book
    seed: int
    manners: Manners = field(default_factory=Manners)
    after: Callable[[Client, Accepted, Random], None] | None = None
    """What a client does with a task that was accepted, beside following it."""

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
        with Client(self.stack.api_url, self.stack.tokens["submit"]) as client:
            while True:
                try:
                    wish = wishes.get_nowait()
                except Empty:
                    return
                accepted = self.ask(client, wish, chance)
                if accepted is None:
                    continue
                if self.after is not None:
                    self.after(client, accepted, chance)
                self._follow(client, accepted.task_id)

    def ask(self, client: Client, wish: Wish, chance: Random) -> Accepted | None:
        """Ask until there is an answer that was heard; None where the client gave up."""
        until = time.monotonic() + self.manners.asks_for
        loses = self.manners.loses_answers and chance.random() < _ANSWER_LOST
        leaves = self.manners.loses_answers and chance.random() < _TOO_IMPATIENT
        while time.monotonic() < until:
            since = time.monotonic()
            answer = _post(client, wish, seconds=chance.uniform(0.005, 0.3) if leaves else 15)
            leaves = False
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                task = str(answer.json()["task_id"])
                accepted = Accepted(task_id=task, wish=wish, seconds=time.monotonic() - since)
                self.book.accept(accepted)
                if not loses:
                    return accepted
                loses = False
                self.book.count("answers lost by the client")
                continue
            if not self._asks_again(wish, answer):
                return None
            time.sleep(self.manners.pause * chance.uniform(0.5, 1.5))
        self.book.count("requests given up by the client")
        return None

    def _asks_again(self, wish: Wish, answer: httpx.Response | None) -> bool:
        if answer is None:
            self.book.count("requests without an answer")
            return True
        if answer.status_code in ASKED_AGAIN:
            self.book.count(f"answers of {answer.status_code}")
            return True
        if answer.status_code == httpx.codes.CONFLICT and wish.kind == "sync":
            self.book.count("syncs that were running already")
            return True
        self.book.refuse(wish, f"{answer.status_code}: {answer.text[:300]}")
        return False

    def _follow(self, client: Client, task: str) -> None:
        until = time.monotonic() + self.manners.watches_for
        while time.monotonic() < until:
            if status_of(client, task) in TERMINAL:
                return
            time.sleep(self.manners.pause)


def status_of(client: Client, task: str) -> str | None:
    """Return where a task stands, or None where nobody says."""
    try:
        answer = client.status(task)
    except httpx.TransportError:
        return None
    return str(answer.json()["status"]) if answer.is_success else None


def _post(client: Client, wish: Wish, *, seconds: float) -> httpx.Response | None:
    headers = {"Idempotency-Key": wish.key, "X-Correlation-ID": wish.correlation_id}
    try:
        return client.request(
            "POST", wish.path, headers=headers, json=dict(wish.body), timeout=seconds
        )
    except httpx.TransportError:
        return None


def _filled(wishes: Iterable[Wish]) -> "SimpleQueue[Wish]":
    filled: SimpleQueue[Wish] = SimpleQueue()
    for wish in wishes:
        filled.put(wish)
    return filled

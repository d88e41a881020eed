"""What clients do to their tasks: some are cancelled at any moment, some that failed are retried.

Both are asked for until there is an answer, and a retry is asked for twice: it is the same task.
"""

import time
from dataclasses import dataclass
from random import Random

import httpx

from infra.local.client import Client
from tests.chaos.book import Accepted, Book
from tests.chaos.clients import ASKED_AGAIN, send, status_of
from tests.chaos.strikes import Strike, Strikes

CANCELLED = "cancelled by its client"
RETRIABLE = frozenset({"FAILED", "CANCELLED"})
_CANCELS, _RETRIES = 0.1, 0.5
_LONGEST_PAUSE = 3.0
_TRIES, _PAUSE = 20, 0.5


@dataclass
class Healing:
    """Cancels and retries for a fleet of clients."""

    book: Book
    strikes: Strikes

    def cancel_some(self, client: Client, accepted: Accepted, chance: Random) -> None:
        """Cancel a task some moment after it was accepted."""
        if chance.random() >= _CANCELS:
            return
        time.sleep(chance.uniform(0.0, _LONGEST_PAUSE))
        asked_at = time.time()
        answer = self._heard(client, f"tasks/{accepted.task_id}/cancel")
        if answer is None or answer.status_code == httpx.codes.CONFLICT:
            self.book.count("cancelled too late")
        elif answer.status_code == httpx.codes.ACCEPTED:
            self.book.count(CANCELLED)
        else:
            self.book.refuse(accepted.wish, f"cancel: {answer.status_code}: {answer.text[:300]}")
        # Also where no answer was heard: it may have been done.
        self.strikes.add(
            Strike(
                kind=CANCELLED,
                whose=accepted.task_id,
                into="the task",
                casts_doubt=True,
                at=asked_at,
                until=time.time(),
            )
        )

    def retry_some(self, client: Client, accepted: Accepted, chance: Random) -> None:
        """Try a task again that has failed, as a new one, and ask for that twice."""
        if status_of(client, accepted.task_id) not in RETRIABLE or chance.random() >= _RETRIES:
            return
        for _ in range(2):
            answer = self._heard(client, f"tasks/{accepted.task_id}/retry")
            if answer is None:
                return
            if answer.status_code == httpx.codes.CONFLICT:
                self.book.count("retries that had to wait for another task")
                return
            if answer.status_code != httpx.codes.ACCEPTED:
                self.book.refuse(accepted.wish, f"retry: {answer.status_code}: {answer.text[:300]}")
                return
            self.book.count("retries asked for")
            task = str(answer.json()["task_id"])
            self.book.accept(Accepted(task_id=task, wish=accepted.wish, retry_of=accepted.task_id))

    def _heard(self, client: Client, path: str) -> httpx.Response | None:
        for _ in range(_TRIES):
            answer = send(client, path)
            if answer is not None and answer.status_code not in ASKED_AGAIN:
                return answer
            time.sleep(_PAUSE)
        return None

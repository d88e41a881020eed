"""What the clients of a run know: what they asked for, what was accepted, what they did to it."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.chaos.wishes import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A task that was promised by a 202. `retry_of` is the task that it tries again."""

    task_id: str
    wish: Wish
    retry_of: str | None = None
    at: float = field(default_factory=time.time)
    """When the client heard of it, in Unix seconds."""
    seconds: float = 0.0
    """How long the answered request took."""


class Book:
    """Filled by all clients at once."""

    def __init__(self, wishes: Iterable[Wish] = ()) -> None:
        self._lock = threading.Lock()
        self._accepted: dict[str, Accepted] = {}
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._by_correlation: dict[str, list[str]] = defaultdict(list)
        self._tallies: Counter[str] = Counter()
        self._refusals: list[str] = []

    def accept(self, accepted: Accepted) -> None:
        """Note a 202; the same task may be promised again."""
        with self._lock:
            key = f"{accepted.wish.key} {accepted.retry_of or ''}"
            self._by_key[key].add(accepted.task_id)
            if accepted.task_id not in self._accepted:
                self._accepted[accepted.task_id] = accepted
                self._by_correlation[accepted.wish.correlation_id].append(accepted.task_id)

    def refuse(self, wish: Wish, why: str) -> None:
        """Note an answer that no correct request should get."""
        with self._lock:
            self._refusals.append(f"{wish.kind} {wish.service}: {why}")

    def count(self, what: str) -> None:
        """Count something that a client has done or met."""
        with self._lock:
            self._tallies[what] += 1

    @property
    def accepted(self) -> dict[str, Accepted]:
        """Everything that was promised, by task."""
        with self._lock:
            return dict(self._accepted)

    @property
    def refusals(self) -> list[str]:
        """What was refused, and how."""
        with self._lock:
            return list(self._refusals)

    @property
    def tallies(self) -> Counter[str]:
        """What was counted."""
        with self._lock:
            return Counter(self._tallies)

    @property
    def split_keys(self) -> int:
        """How many idempotency keys stand for more than one task."""
        with self._lock:
            return sum(len(tasks) > 1 for tasks in self._by_key.values())

    def tasks_of(self, correlation_id: str) -> list[str]:
        """Return the tasks that bear a correlation id, the newest first."""
        with self._lock:
            return self._by_correlation[correlation_id][::-1]

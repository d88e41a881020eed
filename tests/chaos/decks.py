"""Chance that leaves nothing out: cards are drawn until all are gone, then shuffled anew.

A rate alone would let a rare fault stay away for a whole run. Each deck has a stream of its own,
derived from the run's seed and its name, so that what one deck gives depends on no other.
"""

import random
import threading
from collections.abc import Mapping


class Deck:
    """Cards in a shuffled order; "" is the blank one, on which nothing happens."""

    def __init__(self, seed: int, name: str, cards: Mapping[str, int], *, blanks: int = 0) -> None:
        """Take so many of each card, and `blanks` blank ones."""
        self._cards = [card for card, count in cards.items() for _ in range(count)]
        self._cards += [""] * blanks
        self._random = stream(seed, name)
        self._lock = threading.Lock()
        self._left: list[str] = []

    def draw(self) -> str:
        """Return the next card."""
        with self._lock:
            if not self._left:
                self._left = self._random.sample(self._cards, len(self._cards))
            return self._left.pop()


def stream(seed: int, name: str) -> random.Random:
    """Return the random numbers of one concern of a run."""
    return random.Random(f"{seed} {name}")  # noqa: S311 - which faults come is no secret

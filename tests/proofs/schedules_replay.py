"""The real code, stopped at each of its requests, and replayed to go on from there in many ways.

A program asks for everything that comes from outside: the shared store, the service that it calls,
when its next call begins. Wherever it asks, others may go first. To go on, it is run anew from its
beginning with the replies that it has had; it stops at the first request without one. The same
replies at the same times lead to the same requests, which is checked; so each point that a program
can reach is reached once and remembered, whatever the number of schedules that pass it.
"""

import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from tests.proofs.stateful_wire import START

Reply = Hashable


class Unanswered(BaseException):
    """A request that has no reply yet: this run of the program ends here."""


class Desk:
    """Where one run of a program asks, tells the time and gets its identifiers."""

    def __init__(self, number: int, heard: Sequence[tuple[Reply, float]]) -> None:
        self._number = number
        self._heard = heard
        self._moment = START
        self._ids = 0
        self._is_over = False
        self.asked: list[Any] = []
        self.told: list[Any] = []
        """What has happened since the last reply."""

    def ask(self, request: object) -> Any:
        """Return the reply to a request, if it has had one."""
        # Whatever the code still tries on its way out of a request without one never happens.
        if not self._is_over:
            self.asked.append(request)
        if self._is_over or len(self.asked) > len(self._heard):
            self._is_over = True
            raise Unanswered
        reply, self._moment = self._heard[len(self.asked) - 1]
        self.told.clear()
        return reply

    def tell(self, note: object) -> None:
        """Note something that whoever looks on should see."""
        if not self._is_over:
            self.told.append(note)

    def new_id(self) -> uuid.UUID:
        """Return an identifier that is nobody else's, and the same in each run."""
        self._ids += 1
        return uuid.UUID(int=self._number * 1000 + self._ids << 96)

    # resilience.observer.Time and ports.Clock.

    def time(self) -> float:
        return self._moment

    def monotonic(self) -> float:
        return self._moment - START

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._moment, UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here has a reason to sleep")


Program = Callable[[Desk], None]
"""Runs for ever, or until it is parked."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a program waits, and how it came there."""

    request: Any
    told: tuple[Any, ...]
    before: int
    reply: Reply
    at: float


class Player:
    """One program and every point that it has been at, by number; it begins at 0."""

    def __init__(self, number: int, program: Program) -> None:
        self._number = number
        self._program = program
        self._next: dict[tuple[int, Reply, float], int] = {}
        self.points: list[Point] = []
        self._arrive(-1, None, START)

    def hear(self, point: int, reply: Reply, at: float) -> int:
        """Return where the program comes to when it hears `reply` at that time."""
        key = (point, reply, at)
        if key not in self._next:
            self._next[key] = self._arrive(point, reply, at)
        return self._next[key]

    def _arrive(self, before: int, reply: Reply, at: float) -> int:
        way: list[Point] = []
        number = before
        while number >= 0:
            way.append(self.points[number])
            number = way[-1].before
        way.reverse()
        heard = [(point.reply, point.at) for point in way[1:]]
        desk = self._run(heard if before < 0 else [*heard, (reply, at)])
        assert desk.asked[:-1] == [point.request for point in way], (
            "it asks otherwise when replayed"
        )
        self.points.append(Point(desk.asked[-1], tuple(desk.told), before, reply, at))
        return len(self.points) - 1

    def _run(self, heard: Sequence[tuple[Reply, float]]) -> Desk:
        desk = Desk(self._number, heard)
        with patch.object(uuid, "uuid4", desk.new_id):
            try:
                self._program(desk)
            except Unanswered:
                return desk
        raise AssertionError("a program has come to an end")

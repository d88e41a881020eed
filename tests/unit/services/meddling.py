"""Somebody else who is at work on the same task, between any two calls of the one under test."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from breakwater.domain.errors import BreakwaterError


class Meddled:
    """A store that lets `act` happen once, just before the call number `before` (from 0)."""

    def __init__(self, target: Any, *, before: int, act: Callable[[], Any]) -> None:
        self._target = target
        self._left = before
        self._act: Callable[[], Any] | None = act
        self.calls = 0
        self.has_met = False
        """Whether it happened between two calls, and not only after all of them."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)

        def call(*args: Any, **options: Any) -> Any:
            if self.calls == self._left:
                self.has_met = True
                self.finish()
            self.calls += 1
            return method(*args, **options)

        return call

    def finish(self) -> None:
        """Let it happen now, if it has not; it may be refused."""
        act, self._act = self._act, None
        if act is not None:
            with suppress(BreakwaterError):
                act()


def every_place(run: Callable[[int], Meddled], most: int = 30) -> int:
    """Run with the other one before each of the calls in turn; return how many places there are."""
    for place in range(most):
        meddled = run(place)
        if not meddled.has_met:
            return place
    raise AssertionError("it never ends")

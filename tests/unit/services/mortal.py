"""Lambdas that die, or hear nothing, at any of their calls, which land before, later or never."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from breakwater.domain.errors import (
    StaleAttemptError,
    StorageUnavailableError,
    TaskSettledError,
)


class Died(BaseException):
    """The Lambda is gone."""


@dataclass(frozen=True)
class Death:
    """A step ends with the call after `calls` calls, which has `landed` or not, by `error`.

    `wakes`: a call that has not landed does so while the next attempt runs, not at the very end.
    """

    calls: int
    landed: bool
    error: BaseException
    wakes: bool


def deaths(most_calls: int) -> st.SearchStrategy[Death]:
    """Return deaths at one of that many calls."""
    return st.builds(
        Death,
        calls=st.integers(0, most_calls),
        landed=st.booleans(),
        error=st.sampled_from([Died(), StorageUnavailableError("no answer")]),
        wakes=st.booleans(),
    )


@dataclass
class Life:
    """What is left of a step's life, and its calls that are still under way when it is over."""

    death: Death
    calls: int = 0
    under_way: list[Callable[[], Any]] = field(default_factory=list)

    def call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls <= self.death.calls:
            return method(*args, **options)
        if self.death.landed:
            method(*args, **options)
        else:
            self.under_way.append(lambda: method(*args, **options))
        raise self.death.error

    def wake(self) -> None:
        """Let what was under way arrive now."""
        while self.under_way:
            try:
                self.under_way.pop()()
            except (StaleAttemptError, TaskSettledError):
                continue


@dataclass
class Mortal:
    """A store or system as a step reaches it that has only so long to live."""

    target: Any
    life: Life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.target, name)
        return lambda *args, **options: self.life.call(method, *args, **options)

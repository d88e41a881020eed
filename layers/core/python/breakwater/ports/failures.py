"""What a run of many retries asks of storage: which tasks have failed and were not retried."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from breakwater.domain.replays import Selection
from breakwater.resilience.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Count:
    """How many tasks a selection has; where it is not exact, there are at least so many."""

    number: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Failures:
    """A part of a selection; `position` is where the next part begins, None at the end."""

    task_ids: Sequence[str]
    position: str | None


class FailureIndex(Protocol):
    """Tasks that have ended FAILED and were not retried. What is read may be a moment old.

    Any method may raise StorageUnavailableError.
    """

    def count(self, selection: Selection, *, deadline: Deadline) -> Count:
        """Return how many tasks there are, as far as they can be counted until `deadline`."""
        ...

    def read(self, selection: Selection, *, after: str | None, limit: int) -> Failures:
        """Return tasks from behind the position `after`, `limit` at most.

        A part may be empty or short and not the last.
        """
        ...

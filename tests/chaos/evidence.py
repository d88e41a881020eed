"""What a run leaves behind, from three sides that do not know of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.book import Accepted
from tests.chaos.strikes import Strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A task as its record stands at the end. Moments are Unix seconds."""

    task_id: str
    kind: str
    service: str
    status: str
    correlation_id: str
    created_at: float
    deadline: float
    error: str | None = None
    """The type of its problem, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An event that says how a task has ended."""

    task_id: str
    status: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that a run has left behind."""

    accepted: Mapping[str, Accepted]
    records: Mapping[str, Record]
    endings: Sequence[Ending]
    effects: Mapping[str, Any]
    """The stand-ins' own counts, as a tree."""
    strikes: Sequence[Strike]
    intents: Mapping[str, Sequence[float]]
    """When each task noted that it was about to try an effect."""
    grace: float
    """How long past its deadline a task may end: two minutes, on AWS. Seconds."""
    split_keys: int = 0
    """Idempotency keys that stand for more than one task."""
    refusals: Sequence[str] = ()

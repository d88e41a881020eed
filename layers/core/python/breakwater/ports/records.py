"""What the services ask of the storage of pulled records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from breakwater.domain.records import Record


@dataclass(frozen=True, slots=True)
class Origin:
    """Which page of which task, by its mark, brought a record, and when that was asked for."""

    mark: str
    page: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A part of what is stored of a system; `position` is where the next part begins."""

    records: Sequence[Record]
    position: str | None


class RecordStore(Protocol):
    """The records of every system, each once, in its newest version, and how far each is known.

    Any method may raise StorageUnavailableError; a write that raises it may still have landed.
    """

    def put(self, system: str, records: Sequence[Record], *, origin: Origin) -> int:
        """Store those records that say something newer than what stands; return how many did.

        No key may be there twice. Newer is what was updated later or, where the system's clock
        cannot tell two versions apart, what was asked for later. What an earlier try of the same
        page had stored counts as stored by this one, so that the number is the same however often
        a page is tried, as long as it comes with the same records.
        """
        ...

    def read(self, system: str, *, after: str | None, limit: int) -> Stored:
        """Return records by (updated_at, key), from behind the position `after`, `limit` at most.

        Reads may be behind writes for a moment.
        """
        ...

    def watermark(self, system: str) -> datetime | None:
        """Return up to when the system is known; None before its first complete pull."""
        ...

    def raise_watermark(self, system: str, watermark: datetime) -> datetime:
        """Move the watermark forward, never back; return the one that stands then."""
        ...

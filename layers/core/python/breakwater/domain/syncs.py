"""How far a sync is, what it leaves out, and up to when its system is known once it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from breakwater.domain.errors import TransientError
from breakwater.domain.records import Page, Record
from breakwater.domain.requests import canonical

MAX_RECORD_BYTES = 350 * 1024
"""The most that is kept of one record: DynamoDB takes 400 KiB, names and keys included.
Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
MAX_KEY_BYTES = 512
"""The longest key of a record: with its moment it sorts an index, by at most 1,024 bytes."""
MAX_NOTES, MAX_NOTE_CHARS = 10, 200
"""What a sync's result says of records that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulling:
    """How far a sync is; its task's handle holds it.

    `since` is the watermark that it goes on from, `newest` the latest change that it has met.
    """

    began_at: datetime
    since: datetime | None
    newest: datetime | None = None
    cursor: Mapping[str, Any] | None = None
    mark: Mapping[str, Any] | None = None
    """A cursor that was met before."""
    complete: bool = False
    pages: int = 0
    pulled: int = 0
    stored: int = 0
    unreadable: int = 0
    notes: tuple[str, ...] = ()

    @property
    def watermark(self) -> datetime | None:
        """Up to when the system is known when the pull is complete.

        Not later than the pull began: of what changes meanwhile something may show, late as reads
        are, only behind the page that has got past it.
        """
        return self.since if self.newest is None else min(self.newest, self.began_at)

    def after(
        self, page: Page, records: Sequence[Record], unreadable: Sequence[str], *, stored: int
    ) -> "Pulling":
        """Return how far it is after `page`, of which `records` were readable and `stored` new.

        Raises: TransientError where the page leads round in a circle. After 1, 2, 4, 8... pages
        the mark is set anew (Brent's algorithm): a circle of any length is noticed.
        """
        if page.cursor is not None and page.cursor in (self.cursor, self.mark):
            raise TransientError("the system repeats a page: there is no way on")
        pages = self.pages + 1
        is_power_of_two = pages & (pages - 1) == 0
        moments = [record.updated_at for record in records]
        return replace(
            self,
            newest=max([*moments, *([self.newest] if self.newest else [])], default=None),
            cursor=page.cursor,
            mark=page.cursor if is_power_of_two else self.mark,
            complete=page.cursor is None,
            pages=pages,
            pulled=self.pulled + len(page.records) - len(unreadable),
            stored=self.stored + stored,
            unreadable=self.unreadable + len(unreadable) + len(page.unreadable),
            notes=(*self.notes, *_notes(unreadable), *_notes(page.unreadable))[:MAX_NOTES],
        )

    def result(self, watermark: datetime | None) -> dict[str, Any]:
        """Return what the task's owner gets to see at the end."""
        return {
            "pulled": self.pulled,
            "stored": self.stored,
            "unchanged": self.pulled - self.stored,
            "unreadable": self.unreadable,
            "notes": list(self.notes),
            "pages": self.pages,
            "watermark": _text(watermark),
        }

    def to_handle(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "began_at": self.began_at.isoformat(),
            "since": _text(self.since),
            "newest": _text(self.newest),
            "cursor": self.cursor,
            "mark": self.mark,
            "complete": self.complete,
            "pages": self.pages,
            "pulled": self.pulled,
            "stored": self.stored,
            "unreadable": self.unreadable,
            "notes": list(self.notes),
        }

    @classmethod
    def of(cls, handle: Mapping[str, Any]) -> "Pulling":
        """Read what `to_handle` returned."""
        return cls(
            **{
                **handle,
                "began_at": datetime.fromisoformat(handle["began_at"]),
                "since": _moment(handle["since"]),
                "newest": _moment(handle["newest"]),
                "notes": tuple(handle["notes"]),
            }
        )


def sift(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    """Return each record once, in the newest of its versions, and what cannot be kept, a line each.

    Of two versions of one moment the one that comes later counts.
    """
    newest: dict[str, Record] = {}
    faults = []
    for record in records:
        if fault := _fault(record):
            faults.append(f"record {record.key[:32]!r} {fault}")
            continue
        standing = newest.get(record.key)
        if standing is None or standing.updated_at <= record.updated_at:
            newest[record.key] = record
    return list(newest.values()), faults


def _fault(record: Record) -> str | None:
    """Say what keeps a record from being stored; None where nothing does."""
    try:
        key, data = record.key.encode(), canonical(record.data)
    except (TypeError, ValueError, RecursionError):  # half a character, or no JSON
        return "cannot be written as JSON in UTF-8"
    if not 0 < len(key) <= MAX_KEY_BYTES:
        return f"has a key of {len(key)} bytes"
    if len(data) > MAX_RECORD_BYTES:
        return f"has {len(data)} bytes"
    return None


def _notes(lines: Sequence[str]) -> list[str]:
    return [line[:MAX_NOTE_CHARS] for line in lines[:MAX_NOTES]]


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

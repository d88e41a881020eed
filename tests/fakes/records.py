"""An in-memory twin of the record store, and an in-memory system to pull from."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.changes import Change
from breakwater.domain.progress import Lookup
from breakwater.domain.records import Page, Record, Since
from breakwater.domain.requests import canonical
from breakwater.ports import Origin, Run, Stored
from tests.fakes.tasks import NOW


class MemoryRecordStore:
    """ports.RecordStore in dictionaries; `writes` is every version that was ever stored."""

    def __init__(self) -> None:
        self.standing: dict[tuple[str, str], tuple[Record, Origin]] = {}
        self.watermarks: dict[str, datetime] = {}
        self.writes: list[Record] = []
        self._lock = threading.Lock()

    def put(self, system: str, records: Sequence[Record], *, origin: Origin) -> int:
        return sum(self._put(system, record, origin) for record in records)

    def read(self, system: str, *, after: str | None, limit: int) -> Stored:
        found = sorted(
            (_position(record), record)
            for (of, _), (record, _) in self.standing.items()
            if of == system and _position(record) > (after or "")
        )
        position = found[limit - 1][0] if len(found) > limit else None
        return Stored([record for _, record in found[:limit]], position)

    def watermark(self, system: str) -> datetime | None:
        return self.watermarks.get(system)

    def raise_watermark(self, system: str, watermark: datetime) -> datetime:
        with self._lock:
            standing = self.watermarks.get(system, watermark)
            self.watermarks[system] = max(standing, watermark)
            return self.watermarks[system]

    def of(self, system: str) -> dict[str, Record]:
        """Return a system's records by key."""
        return {key: record for (of, key), (record, _) in self.standing.items() if of == system}

    def _put(self, system: str, record: Record, origin: Origin) -> bool:
        with self._lock:
            standing = self.standing.get((system, record.key))
            if standing is not None and not _is_news(record, origin, *standing):
                known, by = standing
                same_page = (by.mark, by.page) == (origin.mark, origin.page)
                return same_page and known == record
            self.standing[system, record.key] = (record, origin)
            self.writes.append(record)
            return True


def _is_news(record: Record, origin: Origin, standing: Record, by: Origin) -> bool:
    if record.updated_at != standing.updated_at:
        return record.updated_at > standing.updated_at
    return origin.asked_at > by.asked_at and canonical(record.data) != canonical(standing.data)


def _position(record: Record) -> str:
    return f"{record.updated_at:%Y-%m-%dT%H:%M:%S.%fZ}#{record.key}"


def _place(record: Record) -> tuple[float, str]:
    return record.updated_at.timestamp(), record.key


def a_record(number: int, *, minute: int | None = None, **data: Any) -> Record:
    """Return record `number`, updated in that minute after NOW's day began."""
    at = NOW - timedelta(hours=12) + timedelta(minutes=number if minute is None else minute)
    return Record(key=f"r{number:03d}", updated_at=at, data={"number": number, **data})


@dataclass
class MemorySystem:
    """ports.Integration over `records`, pulled from moment to moment.

    The cursor is the last record's place, as a keyset has it, or what `cursors` says for a page.
    With `repeats` a page begins with the last one's last record, as where moments are coarse.
    `fails` are raised, one for each call that finds one; `after_page` is called when a page is on
    its way.
    """

    records: dict[str, Record] = field(default_factory=dict)
    page_size: int = 2
    repeats: bool = False
    overlap: timedelta = timedelta(minutes=1)
    asked: list[Since] = field(default_factory=list)
    fails: list[Exception | None] = field(default_factory=list)
    cursors: dict[int, Mapping[str, Any] | None] = field(default_factory=dict)
    empty_pages: set[int] = field(default_factory=set)
    unreadable: Sequence[str] = ()
    after_page: Callable[[], None] = lambda: None

    def add(self, *records: Record) -> None:
        """Create or update records."""
        for record in records:
            self.records[record.key] = record

    def pull(self, run: Run, since: Since) -> Page:
        number = len(self.asked)
        self.asked.append(since)
        if self.fails and (error := self.fails.pop(0)) is not None:
            raise error
        begin = self._begin(since)
        ordered = sorted(self.records.values(), key=lambda one: (one.updated_at, one.key))
        left = [
            one for one in ordered if _place(one) > begin or (self.repeats and _place(one) == begin)
        ]
        size = 0 if number in self.empty_pages else self.page_size
        page = left[:size]
        cursor: Mapping[str, Any] | None = None
        if len(left) > size:
            place = _place(page[-1]) if page else begin
            cursor = {"place": list(place), "page": number}
        self.after_page()
        return Page(
            records=page,
            cursor=self.cursors.get(number, cursor),
            unreadable=self.unreadable,
        )

    def _begin(self, since: Since) -> tuple[float, str]:
        if since.cursor is not None:
            at, key = since.cursor["place"]
            return at, key
        if since.watermark is not None:
            return (since.watermark - self.overlap).timestamp(), ""
        return 0.0, ""

    def find_change(self, run: Run, change: Change, *, tried_at: datetime) -> Lookup:
        raise AssertionError("no sync asks for this")

    def open_change(self, run: Run, change: Change) -> Mapping[str, Any]:
        raise AssertionError("no sync asks for this")

    def update_change(
        self, run: Run, change: Change, handle: Mapping[str, Any], *, note: str, succeeded: bool
    ) -> None:
        raise AssertionError("no sync asks for this")

    def probe(self, run: Run) -> None:
        return None

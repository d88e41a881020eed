"""Rows as the Table API gives them, read into records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from breakwater.connectors.servicenow.table import Row
from breakwater.connectors.words import plain
from breakwater.domain.records import Record

FORM = "%Y-%m-%d %H:%M:%S"
"""How dates are written, always in UTC. As text they sort as in time."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_SYS_ID = re.compile(r"[0-9A-Za-z]{32}")
"""UNSURE: ids are 32 hexadecimal digits; some that were shipped with the product have other letters
among them. Nothing else is put into a query or a path."""


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are sorted by; an empty id comes before every other."""

    at: str
    id: str = ""

    @classmethod
    def of(cls, record: Record) -> "Key":
        """Return a record's key."""
        return cls(record.updated_at.strftime(FORM), record.key)

    def __lt__(self, other: "Key") -> bool:
        """Compare as the instance's database does: letters in either case are the same."""
        return (self.at, self.id.lower()) < (other.at, other.id.lower())


class UnreadableRowError(ValueError):
    """A row that cannot be told from others, or placed among them."""


def record_of(row: Row) -> Record:
    """Return a row as a record. Raises UnreadableRowError.

    A field that an ACL hides is empty, or left out.
    """
    return Record(key=sys_id_of(row), updated_at=_updated_at(row), data=row)


def records_of(rows: Sequence[Row]) -> tuple[list[Record], list[str]]:
    """Return the records among rows, and what is wrong with the others."""
    records, unreadable = [], []
    for row in rows:
        try:
            records.append(record_of(row))
        except UnreadableRowError as error:
            unreadable.append(str(error))
    return records, unreadable


def sys_id_of(row: Row) -> str:
    """Return a row's id. Raises UnreadableRowError."""
    found = row.get("sys_id")
    if not isinstance(found, str) or not _SYS_ID.fullmatch(found):
        raise UnreadableRowError(f"{_name(row)} has no readable sys_id")
    return found


def _updated_at(row: Row) -> datetime:
    found = row.get("sys_updated_on")
    try:
        # strptime alone takes single digits too, which do not sort as in time.
        if isinstance(found, str) and _DATE.fullmatch(found):
            return datetime.strptime(found, FORM).replace(tzinfo=UTC)
    except ValueError:
        pass  # a day or an hour that there is not
    raise UnreadableRowError(f"{_name(row)} has no readable sys_updated_on")


def _name(row: Row) -> str:
    names = (row.get("number"), row.get("sys_id"))
    return next(filter(None, map(plain, names)), "a row")

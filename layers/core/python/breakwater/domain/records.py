"""What is pulled from a system: its records, page after page, in the order of their changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a system as it was at `updated_at` (aware, UTC)."""

    key: str
    """The system's own id, which never changes."""
    updated_at: datetime
    data: Mapping[str, Any]
    """Its fields, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Where a pull goes on.

    `watermark` is up to when everything is known (None: nothing is): a connector goes back behind
    it by as much as its system's reads lag. `cursor` is what the last page handed out (None: the
    first page); it means something to that connector only, and is JSON.
    """

    watermark: datetime | None = None
    cursor: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records, ascending by (updated_at, key); the same one may come twice over two pages."""

    records: Sequence[Record]
    cursor: Mapping[str, Any] | None
    """Where the next page begins; None: there is no more for now. A page may be empty or short and
    not the last."""
    unreadable: Sequence[str] = ()
    """What was passed over because it cannot be read, a line each: for the sync's own report."""

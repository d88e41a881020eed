"""How a table is read to its end, page by page: keyset paging that hidden rows cannot stop.

A place in the table is a row's (sys_updated_on, sys_id). The rows behind it are those with

    sys_updated_on>=T ^ sys_updated_on<U ^ sys_updated_on>T ^OR sys_id>I

because `^OR` joins only the condition right before it: T <= at < U, and (at > T or id > I). Thus of
the rows with T itself only those with a greater id are left. `^NQ`, the other way to say it, starts
a second query, and a condition that the instance adds of its own accord ("before query" rules do)
reaches only a part of such a pair (KB0564887). Dates are sent, and compared, as UTC.
Source: servicenow.github.io/sdk/guides/encoded-query-guide, "Precedence".

U is when the pull began. So it ends, however busy the table is, and a row that is changed while it
is being read (UNSURE: a large query may pick its ids first and read the rows after) gives itself
away by a date beyond U, instead of taking the place with it past rows that were never read. It is
left to the next pull, which begins before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from breakwater.connectors.servicenow.rows import FORM, Key
from breakwater.domain.records import Since

PAGE = 200
"""How many rows are asked for at once."""

WIDE = 1_000
"""How many are asked for at once where the last page was all hidden: few of them will come back."""

OVERLAP = timedelta(minutes=5)
"""How far a pull goes back behind the watermark. A row gets its date when its update begins, and
shows when that is done; what takes longer than this is cancelled by the instance's own limits
("Default quota rules": 298 s for what users do, 60 s for REST)."""

BEGINNING = "1970-01-01 00:00:00"
_ORDER = "ORDERBYsys_updated_on^ORDERBYsys_id"
_REVERSED = "ORDERBYDESCsys_updated_on^ORDERBYDESCsys_id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull has got to: up to `key`, and `skip` rows behind it that cannot be seen."""

    until: str
    key: Key
    skip: int = 0

    @classmethod
    def of(cls, since: Since, now: datetime) -> "Place":
        """Return where a pull begins or goes on."""
        if since.cursor is not None:
            key = Key(since.cursor["at"], since.cursor["id"])
            return cls(since.cursor["until"], key, int(since.cursor["skip"]))
        start = BEGINNING
        if since.watermark is not None:
            start = (since.watermark - OVERLAP).astimezone(UTC).strftime(FORM)
        return cls(now.astimezone(UTC).strftime(FORM), Key(start))

    def to_cursor(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"until": self.until, "at": self.key.at, "id": self.key.id, "skip": self.skip}

    def covers(self, key: Key) -> bool:
        """Tell whether a row is for this pull, and not for the next."""
        return key.at < self.until

    def behind(self, key: Key) -> "Place":
        """Return the place behind a row that was read."""
        return replace(self, key=key, skip=0)

    def further(self) -> "Place":
        """Return the place behind rows that cannot be seen, though not behind all of them.

        An offset is no key: when a skipped row is changed, those behind it move up by one. Half of
        them are asked for again, so that as many may change in the meantime and none slips through.
        """
        return replace(self, skip=self.skip + self.limit // 2)

    @property
    def limit(self) -> int:
        """How many rows the next request looks at."""
        return WIDE if self.skip else PAGE

    def ahead(self) -> dict[str, str]:
        """Return the parameters for the rows that follow."""
        return {
            "sysparm_query": f"{self._range()}^{_ORDER}",
            "sysparm_limit": str(self.limit),
            **({"sysparm_offset": str(self.skip)} if self.skip else {}),
        }

    def from_the_end(self, limit: int) -> dict[str, str]:
        """Return the parameters for the last of the rows that follow, from the last one back."""
        return {"sysparm_query": f"{self._range()}^{_REVERSED}", "sysparm_limit": str(limit)}

    def _range(self) -> str:
        at, sys_id = self.key.at, self.key.id
        first = f"sys_updated_on>={at}^sys_updated_on<{self.until}"
        return f"{first}^sys_updated_on>{at}^ORsys_id>{sys_id}" if sys_id else first


def in_order(keys: Sequence[Key]) -> bool:
    """Tell whether each key is behind the one before it."""
    return all(one < other for one, other in pairwise(keys))


def selection(fields: Sequence[str]) -> Mapping[str, str]:
    """Return the parameters that say what to tell of each row."""
    return {"sysparm_fields": ",".join(fields), "sysparm_exclude_reference_link": "true"}

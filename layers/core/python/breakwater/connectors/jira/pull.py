"""Which page of issues comes next, so that none is missed whatever happens between two pages.

A page begins at a moment (`updated >= …`), not at a token: a moment outlives tokens and crashes,
and an issue that is updated meanwhile comes later and is met again. Two things keep a page from
beginning at the last issue's moment, and there Jira's own token leads on:

- more issues than a page holds were updated within one second;
- the page reaches into the last minutes, where the index is behind: an issue may be listed by an
  old update and shown with a newer one, so its moment says nothing about what comes after it.

A token may expire (a 400): reading goes on from the moment. A token that leads round in a circle
ends the pull with an error: reading again from the same moment would only walk the same circle.

A chain of tokens passes a moment once, and what the index learns of that moment later is behind
it. So whatever a chain shows, pages begin only at moments that were settled when it began, and a
chain that took longer than the index lags is no end: what it may have passed is read again. A
shorter one is covered by the next pull, which begins twice the lag behind its watermark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.connectors.jira.quota import SERVICE
from breakwater.connectors.jira.site import Found, Site
from breakwater.connectors.words import plain
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.records import Page, Record, Since
from breakwater.ports import Run

PAGE_SIZE = 100
"""Issues asked for at once; Jira may give fewer."""
MAX_RESTARTS = 3
"""How often tokens may expire without any progress between them."""
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page begins: at `start` (epoch seconds), or further on, where `token` leads.

    The chain of tokens `began` when the page at `start` was read; `pages` are behind it, and
    `mark` is one of its tokens.
    """

    start: int
    began: float | None = None
    token: str | None = None
    pages: int = 0
    mark: str | None = None
    restarts: int = 0

    def followed(self, token: str) -> "Place":
        """Return where `token` leads. Raises TransientError where that is round in a circle.

        After 1, 2, 4, 8… pages the mark is set anew (Brent's algorithm): a circle of any length is
        noticed, and the cursor stays small.
        """
        if token == self.mark:
            raise TransientError("jira repeats a page token: no way on", service=SERVICE)
        pages = self.pages + 1
        is_power_of_two = pages & (pages - 1) == 0
        return replace(self, token=token, pages=pages, mark=token if is_power_of_two else self.mark)


class Pull:
    """Reads the issues of some projects (none: all that the user sees), page after page."""

    def __init__(
        self,
        site: Site,
        *,
        projects: Sequence[str],
        fields: Sequence[str],
        index_lag: timedelta,
        first_pull: timedelta,
    ) -> None:
        self._site = site
        self._projects = tuple(projects)
        self._fields = ("updated", *(name for name in fields if name != "updated"))
        self._index_lag = index_lag
        self._first_pull = first_pull

    def __call__(self, run: Run, since: Since) -> Page:
        """Return the next page; see ports.Integration."""
        found, place = self._read(run, self._place(run, since))
        records, unreadable = _records(found.issues)
        following = self._following(run, place, found, records)
        cursor = asdict(following) if following else None
        return Page(records=records, cursor=cursor, unreadable=unreadable)

    def _place(self, run: Run, since: Since) -> Place:
        if since.cursor is not None:
            return Place(**since.cursor)
        if since.watermark is not None:
            return Place(start=_seconds(since.watermark - 2 * self._index_lag))
        return Place(start=_seconds(run.now() - self._first_pull))

    def _read(self, run: Run, place: Place) -> tuple[Found, Place]:
        """Return a page and where it began: at its moment again, if the token has expired."""
        if place.began is None:
            place = replace(place, began=run.now().timestamp())
        try:
            return self._search(run, place), place
        except PermanentError as error:
            expired = place.token is not None and error.status_code == BAD_REQUEST
            if not expired or place.restarts == MAX_RESTARTS:
                raise
        return self._read(run, Place(start=place.start, restarts=place.restarts + 1))

    def _search(self, run: Run, place: Place) -> Found:
        bounds = [f"updated >= {place.start * 1000}"]
        if self._projects:
            bounds.insert(0, f"project in ({', '.join(map(quoted, self._projects))})")
        jql = " AND ".join(bounds) + " ORDER BY updated ASC, key ASC"
        return self._site.search(run, jql, self._fields, limit=PAGE_SIZE, token=place.token)

    def _following(
        self, run: Run, place: Place, found: Found, records: Sequence[Record]
    ) -> Place | None:
        """Return where the next page begins. Raises TransientError where Jira does not say."""
        now, lag = run.now().timestamp(), self._index_lag.total_seconds()
        began = place.began or now
        settled = int(began - lag)
        if found.last:
            held_up = now - began > lag
            return Place(start=max(place.start, settled)) if held_up else None
        # UNSURE how finely Jira's index tells moments apart: a whole second is begun again.
        moments = [_seconds(record.updated_at) for record in records]
        start = max((moment for moment in moments if moment <= settled), default=place.start)
        if start > place.start:
            return Place(start=start)
        if found.token is None:
            raise TransientError("jira names no way to the next page", service=SERVICE)
        return place.followed(found.token)


def quoted(text: str) -> str:
    """Return `text` as a string of JQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _records(issues: Sequence[Mapping[str, Any]]) -> tuple[list[Record], list[str]]:
    """Return issues as they are kept, in their order, and what is wrong with the others."""
    records, unreadable = [], []
    for issue in issues:
        try:
            records.append(_record(issue))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            name = plain(str(issue.get("id"))) or "(unnamed)"
            unreadable.append(f"issue {name} has no readable id or moment")
    return sorted(records, key=lambda one: (one.updated_at, one.key)), unreadable


def _record(issue: Mapping[str, Any]) -> Record:
    fields = issue["fields"]
    moment = datetime.fromisoformat(fields["updated"])
    if not issue["id"].isdigit() or moment.tzinfo is None:
        raise ValueError(fields["updated"])
    data = {"key": issue["key"], **fields}
    return Record(key=issue["id"], updated_at=moment.astimezone(UTC), data=data)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())

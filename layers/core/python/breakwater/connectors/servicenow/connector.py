"""Change requests: pull them all, and open and update those that document our own changes.

Every change of ours carries its task's mark as `correlation_id`. ServiceNow does not keep that
unique, so a request that may have been sent is looked for before another one is.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.absence import absence
from breakwater.connectors.servicenow.pages import PAGE, Place, in_order, selection
from breakwater.connectors.servicenow.rows import Key, UnreadableRowError, records_of, sys_id_of
from breakwater.connectors.servicenow.table import SERVICE, Row, Tables
from breakwater.connectors.words import plain
from breakwater.domain.changes import Change
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.progress import Found, Lookup, Undecidable
from breakwater.domain.records import Page, Since
from breakwater.ports import Run

logger = logging.getLogger(__name__)

CHANGES = "change_request"
KEYS = ("sys_id", "sys_updated_on")
FOUND = ("sys_id", "number", "correlation_id", "sys_created_on")
FAR = 10_000
"""How far back from the end a row is looked for that this user may see."""

DELAY = timedelta(seconds=60)
"""How long after it was sent a record may still appear: ServiceNow cancels a request that takes
more ("Default quota rules")."""

FURTHEST = 200_000
"""How many hidden rows are walked past at most: it takes 400 pages, and ends in any case."""

_SEARCHABLE = re.compile(r"[0-9A-Za-z_-]{1,100}")
"""What can be looked for: the field's length, and nothing that means something in a query."""


class ServiceNowIntegration:
    """ports.Integration for ServiceNow; `table` and `fields` say what is pulled."""

    def __init__(self, tables: Tables, *, web_url: str, table: str, fields: Sequence[str]) -> None:
        self._tables = tables
        self._web_url = web_url
        self._table = table
        self._fields = tuple(dict.fromkeys([*KEYS, *fields]))

    def pull(self, run: Run, since: Since) -> Page:
        """Return the rows that follow. Rows that cannot be read are named, and passed over.

        A page without any is either the end, or 200 rows that this user may not see. The last rows
        of the table decide: if one of them can be seen, there is something behind the hidden ones,
        and they are walked past. If none of the last 10,000 can, the pull ends. Rows may be left
        then that both follow 200 and are followed by 10,000 hidden ones. A watermark that is taken
        from the records does not pass them: they come as soon as a later row can be seen.
        """
        place = Place.of(since, run.now())
        rows = self._tables.read(run, self._table, {**place.ahead(), **selection(self._fields)})
        records, unreadable = records_of(rows)
        records = [one for one in records if place.covers(Key.of(one))][:PAGE]
        if unreadable:
            logger.warning("%s: %d rows cannot be read", SERVICE, len(unreadable))
        after = self._after(run, place, [Key.of(one) for one in records])
        cursor = after.to_cursor() if after else None
        return Page(records=records, cursor=cursor, unreadable=unreadable)

    def find_change(self, run: Run, change: Change, *, tried_at: datetime) -> Lookup:
        """Look for the change by its own mark.

        Where two carry it, one was copied from the other, for nobody else makes up a task's mark:
        the older one is ours. Other rows than those that carry it say that the condition was
        ignored.
        """
        query, asked_at = f"correlation_id={_searchable(change)}", run.now()
        rows = self._tables.read(
            run,
            CHANGES,
            {"sysparm_query": query, "sysparm_limit": "2", **selection(FOUND)},
        )
        ours = [row for row in rows if row.get("correlation_id") == change.mark]
        if ours:
            if len(ours) > 1:
                logger.warning("%s: several records carry %s", SERVICE, change.mark)
            oldest = min(ours, key=lambda row: str(row.get("sys_created_on") or "9"))
            return Found(self._handle(oldest))
        if rows:
            return Undecidable(f"{SERVICE} answered the look-up with other records")
        return absence(tried_at, asked_at=asked_at, delay=DELAY)

    def open_change(self, run: Run, change: Change) -> Mapping[str, Any]:
        """Create the change request."""
        row = self._tables.create(
            run,
            CHANGES,
            {
                "short_description": change.summary,
                "description": change.description,
                "correlation_id": _searchable(change),
                "correlation_display": "Breakwater",
            },
        )
        if row.get("correlation_id") != change.mark:
            # An ACL drops what this user may not write, without a word.
            logger.warning("%s: a record does not carry its correlation_id", SERVICE)
        return self._handle(row)

    def update_change(
        self, run: Run, change: Change, handle: Mapping[str, Any], *, note: str, succeeded: bool
    ) -> None:
        """Add a work note; the change's state is its owner's business.

        Notes add up: asked again, the same note is there twice.
        """
        ending = "succeeded" if succeeded else "failed"
        text = f"Deployment {change.task_id} has {ending}.\n{note}"
        self._tables.update(run, CHANGES, handle["id"], {"work_notes": text})

    def probe(self, run: Run) -> None:
        """Read one user's id, without a second try."""
        params = {"sysparm_limit": "1", "sysparm_fields": "sys_id"}
        self._tables.read(run, "sys_user", params, repeatable=False)

    def _after(self, run: Run, place: Place, keys: Sequence[Key]) -> Place | None:
        """Return where it goes on behind `keys`, or behind what could not be seen, if it does."""
        if not in_order([place.key, *keys]):
            # The instance ignores a condition that it does not know: these are not what follows.
            raise TransientError(
                f"{SERVICE} did not keep to the query", service=SERVICE, may_have_applied=False
            )
        if keys:
            return place.behind(keys[-1])
        params = {**place.from_the_end(FAR), **selection(KEYS)}
        last, _ = records_of(self._tables.read(run, self._table, params))
        if not any(place.key < Key.of(one) and place.covers(Key.of(one)) for one in last):
            return None
        if place.skip >= FURTHEST:
            raise PermanentError(
                f"{SERVICE} hides more than {FURTHEST} rows in a row from this user",
                service=SERVICE,
            )
        return place.further()

    def _handle(self, row: Row) -> Mapping[str, Any]:
        try:
            sys_id = sys_id_of(row)
        except UnreadableRowError as error:
            raise TransientError(f"{SERVICE}: {error}", service=SERVICE) from error
        url = f"{self._web_url}/{CHANGES}.do?sys_id={sys_id}"
        return {"id": sys_id, "key": plain(row.get("number")) or sys_id, "url": url}


def _searchable(change: Change) -> str:
    if not _SEARCHABLE.fullmatch(change.mark):
        raise PermanentError(
            f"{SERVICE} cannot be searched for such a correlation_id", service=SERVICE
        )
    return change.mark

"""Whatever a table holds and does, no record is missed over all pulls, and every pull ends."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.connectors.servicenow import connector, pages
from breakwater.domain.records import Since
from tests.fakes.clock import FakeClock
from tests.unit.connectors.servicenow.bench import (
    FORM,
    NOON,
    TableTwin,
    a_run,
    an_integration,
    sys_id,
)

BEGUN = NOON - timedelta(seconds=5)
ENDLESS = 150
PAGE, WIDE = 8, 12
"""A few rows stand for the hundreds that it takes in production."""

visible_or_hidden = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([True, True, True, False])), max_size=60
)
"""Rows in order of their ids: when each was updated, and whether it is hidden."""
updates = st.lists(
    st.lists(st.tuples(st.integers(0, 59), st.booleans()), max_size=PAGE // 2), max_size=12
)
"""Page by page, which rows are updated behind it, and whether each is hidden from then on. More
than half a page of hidden rows between two requests is more than a walk past them can stand."""


class History:
    """A table, and what a client of the integration has seen of it."""

    def __init__(self, rows: list[tuple[int, bool]]) -> None:
        self.clock = FakeClock(NOON)
        self.table = TableTwin()
        self.seen: dict[str, str] = {}
        self.watermark: datetime | None = None
        for number, (second, hidden) in enumerate(rows):
            self.put(number, BEGUN + timedelta(seconds=second - 5), hidden=hidden)

    def put(self, number: int, at: datetime, *, hidden: bool) -> None:
        key = sys_id(number)
        self.table.rows[key] = {"sys_id": key, "sys_updated_on": at.strftime(FORM)}
        (self.table.hidden.add if hidden else self.table.hidden.discard)(key)

    def pull(self, meanwhile: list[list[tuple[int, bool]]], *, crash_at: int) -> None:
        """Pull to the end; at one page the answer is lost, and it goes on from the cursor before.

        The watermark moves to the last record that was seen, as the service's does.
        """
        since = Since(watermark=self.watermark)
        for turn in range(ENDLESS):
            page = an_integration(self.table, self.clock).pull(a_run(self.clock), since)
            self._update(meanwhile[turn] if turn < len(meanwhile) else [])
            if turn == crash_at:
                continue
            for record in page.records:
                self.seen[record.key] = record.updated_at.strftime(FORM)
                self.watermark = max(self.watermark or record.updated_at, record.updated_at)
            if page.cursor is None:
                return
            since = Since(watermark=since.watermark, cursor=page.cursor)
        raise AssertionError("the pull does not end")

    def _update(self, rows: list[tuple[int, bool]]) -> None:
        self.clock.advance(1)
        for number, hidden in rows:
            if sys_id(number) in self.table.rows:
                self.put(number, self.clock.now(), hidden=hidden)

    def missed(self) -> set[str]:
        return {
            key
            for key, row in self.table.rows.items()
            if key not in self.table.hidden and self.seen.get(key) != row["sys_updated_on"]
        }


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", PAGE)
    monkeypatch.setattr(pages, "WIDE", WIDE)
    monkeypatch.setattr(connector, "PAGE", PAGE)
    # Without late commits nothing depends on it, and it would read every table here again.
    monkeypatch.setattr(pages, "OVERLAP", timedelta())


@settings(max_examples=300, deadline=None)
@given(rows=visible_or_hidden, crash_at=st.integers(0, 20))
def test__table_at_rest__everything_in_one_pull(
    rows: list[tuple[int, bool]], crash_at: int
) -> None:
    history = History(rows)
    history.pull([], crash_at=crash_at)
    assert history.missed() == set()


@settings(max_examples=300, deadline=None)
@given(rows=visible_or_hidden, meanwhile=updates, crash_at=st.integers(0, 20))
def test__table_in_use__everything_once_it_rests(
    rows: list[tuple[int, bool]], meanwhile: list[list[tuple[int, bool]]], crash_at: int
) -> None:
    history = History(rows)
    history.pull(meanwhile, crash_at=crash_at)
    history.clock.advance(1)
    history.pull([], crash_at=-1)
    assert history.missed() == set()

"""Pulls in which something happens between two pages: nothing is missed."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.records import Since
from tests.contract.connectors.jira.desk import Desk, Sync

MANY = 500
LAG = 300


@pytest.fixture
def same_moment(desk: Desk) -> datetime:
    """Put 500 issues there that were updated at one moment."""
    moment = desk.ago(hours=1)
    desk.vendor.seed(*[moment] * MANY)
    return moment


def test__any_cursor__another_environment_goes_on_from_it(
    desk: Desk, same_moment: datetime
) -> None:
    desk.vendor.seed(*(same_moment + timedelta(seconds=n) for n in range(1, MANY)))
    sync = Sync(desk).all()
    for number, page in enumerate(sync.pages[:-1]):
        cursor = json.loads(json.dumps(page.cursor))
        later = Sync(desk, cursor=cursor)
        desk.jira = desk.environment()
        later.all()
        before = {record.key for page in sync.pages[: number + 1] for record in page.records}
        assert before | set(later.kept) == set(desk.vendor.truth())


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test__tokens_expire__goes_on_from_the_last_moment(
    desk: Desk, same_moment: datetime, after: int
) -> None:
    sync = Sync(desk)
    for number in sync.turns():
        if number == after:
            desk.vendor.expire_tokens()
    assert sync.known == desk.vendor.truth()
    assert len(sync.pages) <= 6 + after


def test__tokens_expired_over_a_weekend__goes_on(desk: Desk, same_moment: datetime) -> None:
    sync = Sync(desk)
    sync.turn()
    sync.turn()
    desk.clock.advance(8 * 86_400)
    assert sync.all().known == desk.vendor.truth()


def test__tokens_never_work__ends_with_jira_s_refusal(desk: Desk, same_moment: datetime) -> None:
    desk.vendor.limits(token_lifetime_seconds=0)
    sync = Sync(desk)
    with pytest.raises(PermanentError) as caught:
        sync.all()
    assert caught.value.status_code == 400
    assert desk.vendor.searches() <= 10


def test__tokens_never_work_and_none_is_needed__every_issue(desk: Desk) -> None:
    desk.vendor.limits(token_lifetime_seconds=0)
    desk.vendor.seed(*(desk.ago(minutes=n) for n in range(6, MANY)))
    assert Sync(desk).all().known == desk.vendor.truth()


@pytest.mark.parametrize("tokens", ["repeated", "circle"])
def test__tokens_lead_nowhere__ends_with_a_clear_error(
    desk: Desk, same_moment: datetime, tokens: str
) -> None:
    desk.vendor.limits(tokens=tokens)
    sync = Sync(desk)
    with pytest.raises(TransientError, match="repeats a page token"):
        sync.all()
    assert desk.vendor.searches() <= 12
    desk.vendor.limits(tokens="good")
    desk.vendor.expire_tokens()
    assert sync.all().known == desk.vendor.truth()


@pytest.mark.parametrize("tokens", ["repeated", "circle"])
def test__tokens_lead_nowhere_and_none_is_needed__every_issue(desk: Desk, tokens: str) -> None:
    desk.vendor.limits(tokens=tokens)
    desk.vendor.seed(*(desk.ago(minutes=n) for n in range(6, MANY)))
    assert Sync(desk).all().known == desk.vendor.truth()


@pytest.mark.parametrize("shown", ["indexed", "current"])
@pytest.mark.parametrize("lag", [0, 120, LAG])
def test__issues_change_while_they_are_pulled__known_when_the_index_is(
    desk: Desk, same_moment: datetime, lag: int, shown: str
) -> None:
    desk.vendor.limits(index_lag_seconds=lag, shown=shown)
    others = desk.vendor.seed(*(desk.ago(minutes=50, seconds=n) for n in range(MANY)))
    sync = Sync(desk)
    for number in sync.turns():
        desk.clock.advance(1)
        # One that has been met, and one that has not.
        desk.vendor.touch(others[-1 - number * 30])
        desk.vendor.touch(others[number * 30])
    assert set(sync.known) == set(desk.vendor.truth())
    desk.clock.advance(LAG)
    assert sync.all().known == desk.vendor.truth()


def test__issue_shown_newer_than_it_was_found__nothing_between_is_skipped(desk: Desk) -> None:
    desk.vendor.limits(index_lag_seconds=LAG - 1, shown="current")
    ids = desk.vendor.seed(*(desk.ago(hours=2, seconds=-n) for n in range(MANY)))
    # The index has them where they were; whoever believes what is shown jumps over all the others.
    for issue_id in ids[90:100]:
        desk.vendor.touch(issue_id)
    assert Sync(desk).all().known == desk.vendor.truth()


def test__busy_hour__more_changes_within_the_lag_than_a_page_holds(desk: Desk) -> None:
    desk.vendor.seed(*(desk.ago(seconds=n / 10) for n in range(MANY)))
    sync = Sync(desk).all()
    assert sync.known == desk.vendor.truth()
    assert len(sync.pages) <= 6


@pytest.mark.parametrize("pause", [60, 299, 301, 3600])
def test__index_catches_up_while_a_pull_is_held_up__what_it_was_behind_with_is_met(
    desk: Desk, pause: float
) -> None:
    desk.vendor.limits(index_lag_seconds=LAG - 10, largest_page=10)
    late, *_ = desk.vendor.seed(*[desk.ago(days=1)] * 10)
    desk.vendor.touch(late)
    desk.clock.advance(30)
    desk.vendor.seed(*(desk.ago(seconds=n) for n in range(20)))  # these are indexed at once
    sync = Sync(desk)
    for _ in range(3):  # as far as Jira knows, the moment of the touch is passed
        sync.turn()
    desk.clock.advance(pause)
    desk.vendor.seed(*(desk.ago(seconds=pause * n / 30) for n in range(30)))
    sync.all()
    desk.clock.advance(LAG)
    sync.all()
    assert sync.known == desk.vendor.truth()


def test__deleted_while_pulled__the_others_are_all_there(desk: Desk, same_moment: datetime) -> None:
    sync, gone = Sync(desk), sorted(desk.vendor.truth())[::100]
    for number in sync.turns():
        if number < len(gone):
            desk.vendor.touch(gone[number], deleted=True)
    assert set(sync.known) >= set(desk.vendor.truth())


BROKEN: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 503, "retry_after": "600"},
    {"kind": "status", "status": 429, "retry_after": "37.5"},
    {"kind": "html"},
    {"kind": "html", "status": 502},
    {"kind": "malformed"},
    {"kind": "malformed", "style": "garbage"},
    {"kind": "status", "status": 200, "body": []},
    {"kind": "status", "status": 200, "body": {"issues": None, "isLast": True}},
    {"kind": "status", "status": 200, "body": {"issues": [17], "isLast": True}},
    {"kind": "status", "status": 200, "body": {"issues": [], "isLast": False}},
    {"kind": "truncated", "when": "after"},
    {"kind": "reset", "when": "after"},
    {"kind": "reset"},
    {"kind": "hang"},
    {"kind": "trickle", "interval_seconds": 0.1},
]


@pytest.mark.parametrize("fault", BROKEN, ids=str)
@pytest.mark.parametrize("page", [0, 2])
def test__page_breaks__the_same_cursor_goes_on(
    desk: Desk, same_moment: datetime, fault: dict[str, Any], page: int
) -> None:
    sync = Sync(desk)
    for _ in range(page):
        sync.turn()
    # What cannot be read or reached is asked for three times, what can be read once.
    desk.vendor.fault(call="POST /search/jql", count=3, **fault)
    with pytest.raises(TransientError):
        sync.turn()
    desk.vendor.clear_faults()
    desk.clock.advance(60)
    assert sync.all().known == desk.vendor.truth()


def test__issue_cannot_be_read__named_and_passed_over(desk: Desk) -> None:
    bad: list[Any] = [
        {"id": "10001", "key": "OPS-1", "fields": {"updated": "yesterday"}},
        {"id": "10002", "key": "OPS-2", "fields": {"updated": "2026-01-01T10:00:00.000"}},
        {"id": "10003", "key": "OPS-3", "fields": {}},
        {"id": "10004", "key": "OPS-4"},
        {"id": 10005, "key": "OPS-5", "fields": {"updated": "2026-01-01T10:00:00.000+0100"}},
        {"id": "ten", "key": "OPS-6", "fields": {"updated": "2026-01-01T10:00:00.000+0100"}},
        {"id": "10007", "fields": {"updated": "0001-01-01T00:00:00.000+2300"}},
        {"id": "sent Basic t", "key": "OPS-7"},
    ]
    good = {"id": "10008", "key": "OPS-8", "fields": {"updated": "2026-01-01T10:00:00.000+0100"}}
    body = {"issues": [*bad, good], "isLast": True}
    desk.vendor.fault("status", "POST /search/jql", status=200, body=body)
    page = desk.jira.pull(desk.run(), Since())
    assert [record.key for record in page.records] == ["10008"]
    assert len(page.unreadable) == len(bad)
    assert page.unreadable[0] == "issue 10001 has no readable id or moment"
    assert page.unreadable[-1] == "issue (unnamed) has no readable id or moment"

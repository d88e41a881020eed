"""A change is opened once, found again, and told how it ended."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.progress import Absent, Found, Lookup, NotVisibleYet
from tests.contract.connectors.jira.desk import CHANGE, LABEL, MARK, TASK, Desk

CREATE = "POST /rest/api/3/issue"
VISIBLE = HARD_LIMIT + timedelta(seconds=300)


def find(desk: Desk, **since: float) -> Lookup:
    """Look for an attempt of a while ago."""
    tried_at = desk.clock.now() - timedelta(**since)
    return desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at)


def created(desk: Desk) -> int:
    return int(desk.vendor.effects("issue", "created", LABEL))


def test__open__an_issue_with_everything_in_its_place(desk: Desk) -> None:
    handle = desk.jira.open_change(desk.run(), CHANGE)
    (issue,) = desk.vendor.issues()
    assert handle == {"id": issue["id"], "key": "OPS-1", "url": f"{desk.vendor.url}/browse/OPS-1"}
    assert issue["fields"]["summary"] == CHANGE.summary
    assert issue["fields"]["labels"] == [LABEL]
    assert issue["properties"] == {"breakwater.task": {"task_id": TASK}}


def test__open__texts_as_jira_takes_them(desk: Desk) -> None:
    long = replace(CHANGE, summary="two\nlines " + "x" * 300, description="")
    desk.jira.open_change(desk.run(), long)
    (issue,) = desk.vendor.issues()
    assert issue["fields"]["summary"].startswith("two lines xxx")
    assert len(issue["fields"]["summary"]) == 255


def test__open__in_the_project_that_the_change_names(desk: Desk) -> None:
    handle = desk.jira.open_change(desk.run(), replace(CHANGE, project="IT"))
    assert handle["key"] == "IT-1"
    with pytest.raises(PermanentError, match="names no Jira project"):
        desk.jira.open_change(desk.run(), replace(CHANGE, project=None))


@pytest.mark.parametrize(
    ("change", "setting"), [({"project": "GONE"}, {}), ({}, {"change_issue_type": "Song"})]
)
def test__open__refused_with_jira_s_words(
    desk: Desk, change: dict[str, str], setting: dict[str, str]
) -> None:
    desk.configure(**setting)
    with pytest.raises(PermanentError) as caught:
        desk.jira.open_change(desk.run(), replace(CHANGE, **change))
    assert caught.value.status_code == 400
    assert "Specify a valid" in str(caught.value.response_body)


def test__opened__found_with_the_same_handle(desk: Desk) -> None:
    handle = desk.jira.open_change(desk.run(), CHANGE)
    assert find(desk) == Found(handle)


def test__index_is_behind__not_visible_then_found(desk: Desk) -> None:
    desk.vendor.limits(index_lag_seconds=200)
    tried_at = desk.clock.now()
    handle = desk.jira.open_change(desk.run(), CHANGE)
    found = desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at)
    assert found == NotVisibleYet(tried_at + VISIBLE)
    desk.clock.advance(201)
    assert desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at) == Found(handle)


def test__never_opened__absent_only_after_the_delay(desk: Desk) -> None:
    assert find(desk, seconds=659) == NotVisibleYet(desk.clock.now() + timedelta(seconds=1))
    assert find(desk, seconds=660) == Absent()
    desk.configure(index_lag_seconds=60)
    assert find(desk, seconds=420) == Absent()


def test__opened_late_in_its_step__not_absent_while_the_index_may_lag(desk: Desk) -> None:
    desk.vendor.limits(index_lag_seconds=299)
    tried_at = desk.clock.now()
    desk.clock.advance(28)
    handle = desk.jira.open_change(desk.run(), CHANGE)
    desk.clock.advance(298)
    assert isinstance(desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at), NotVisibleYet)
    desk.clock.advance(2)
    assert desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at) == Found(handle)


def test__another_task_s_issue__not_ours(desk: Desk) -> None:
    desk.jira.open_change(desk.run(), replace(CHANGE, mark=MARK[:-1] + "b"))
    assert find(desk, hours=1) == Absent()


def test__label_was_taken_away__not_ours(desk: Desk) -> None:
    desk.vendor.limits(index_lag_seconds=60, shown="current")
    handle = desk.jira.open_change(desk.run(), CHANGE)
    desk.clock.advance(61)
    desk.vendor.touch(handle["id"], labels=["other"])
    assert find(desk, hours=1) == Absent()


def test__cloned_by_somebody__the_first_one_is_ours(desk: Desk) -> None:
    handle = desk.jira.open_change(desk.run(), CHANGE)
    # "IT" comes before "OPS" in Jira's order, and not in time.
    desk.vendor.seed(desk.clock.now(), labels=[LABEL], project="IT")
    assert find(desk) == Found(handle)


@pytest.mark.parametrize(
    "issues",
    [
        [{"id": "1", "key": "X-1", "fields": {"labels": ["x"]}}],
        [{"id": "1", "key": "X-1"}],
        [{"id": "1", "key": "X-1", "fields": {"labels": f"not {LABEL}"}}],
    ],
)
def test__search_finds_others__no_proof_of_absence_while_there_is_more(
    desk: Desk, issues: list[Any]
) -> None:
    body = {"issues": issues, "isLast": False, "nextPageToken": "t"}
    desk.vendor.fault("status", "POST /search/jql", status=200, body=body)
    with pytest.raises(TransientError, match="other issues"):
        find(desk, hours=1)
    desk.vendor.fault("status", "POST /search/jql", status=200, body={"issues": issues})
    assert find(desk, hours=1) == Absent()


@pytest.mark.parametrize(
    "made", [{}, [], {"id": "10000"}, {"id": 10000, "key": "OPS-1"}, {"id": "../x", "key": "OPS-1"}]
)
def test__created_and_the_answer_is_odd__in_doubt(desk: Desk, made: Any) -> None:
    desk.vendor.fault("status", CREATE, status=201, body=made, when="after")
    with pytest.raises(TransientError) as caught:
        desk.jira.open_change(desk.run(), CHANGE)
    assert caught.value.may_have_applied
    assert created(desk) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        *({"kind": kind} for kind in ("reset", "hang", "truncated", "malformed", "html")),
        *({"kind": "status", "status": status} for status in (408, 500, 502, 503, 504)),
        {"kind": "status", "status": 503, "retry_after": "600"},
    ],
    ids=str,
)
def test__answer_is_lost__sent_once_and_what_happened_is_found_out(
    desk: Desk, fault: dict[str, Any], when: str
) -> None:
    desk.vendor.limits(index_lag_seconds=120)
    desk.vendor.fault(call=CREATE, when=when, **fault)
    tried_at = desk.clock.now()
    with pytest.raises(TransientError) as caught:
        desk.jira.open_change(desk.run(), CHANGE)
    assert caught.value.may_have_applied
    assert len(desk.vendor.requests("POST", "/rest/api/3/issue")) == 1
    looked = desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at)
    assert looked == NotVisibleYet(tried_at + VISIBLE)
    desk.clock.advance(VISIBLE.total_seconds())
    looked = desk.jira.find_change(desk.run(), CHANGE, tried_at=tried_at)
    assert (looked == Absent()) == (created(desk) == 0)
    if looked == Absent():
        desk.jira.open_change(desk.run(), CHANGE)
    assert created(desk) == 1

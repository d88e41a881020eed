"""What a whole pull brings, and in how many pages."""

from datetime import UTC, timedelta

import pytest

from breakwater.domain.errors import PermanentError
from breakwater.domain.records import Since
from tests.contract.connectors.jira.desk import Desk, Sync

MANY = 500


def test__record__id_moment_and_fields(desk: Desk) -> None:
    moment = desk.ago(hours=1)
    (issue_id,) = desk.vendor.seed(moment, summary="Laptop")
    (record,) = Sync(desk).all().kept.values()
    assert (record.key, record.updated_at) == (issue_id, moment)
    assert record.updated_at.tzinfo is UTC
    assert (record.data["key"], record.data["summary"]) == ("OPS-1", "Laptop")
    assert set(record.data) == {
        *("key", "updated", "summary", "status", "issuetype", "project", "priority", "labels"),
        "created",
    }


def test__nothing_there__one_empty_last_page(desk: Desk) -> None:
    page = desk.jira.pull(desk.run(), Since())
    assert (page.records, page.cursor) == ([], None)


def test__a_second_apart__every_issue_in_few_pages(desk: Desk) -> None:
    desk.vendor.seed(*(desk.ago(hours=1, seconds=n) for n in range(MANY)))
    sync = Sync(desk).all()
    assert sync.known == desk.vendor.truth()
    # Every page but the first begins with the last issue of the one before it.
    assert [len(page.records) for page in sync.pages] == [100] * 5 + [5]


def test__equal_moments__every_issue_in_few_pages(desk: Desk) -> None:
    desk.vendor.seed(*[desk.ago(hours=1)] * MANY)
    sync = Sync(desk).all()
    assert sync.known == desk.vendor.truth()
    assert len(sync.pages) == MANY / 100 + 1


@pytest.mark.parametrize("each", [1, 60, 99, 100, 101, 250])
def test__seconds_full_of_issues__every_issue(desk: Desk, each: int) -> None:
    desk.vendor.seed(*(desk.ago(hours=1, seconds=-(n // each)) for n in range(MANY)))
    assert Sync(desk).all().known == desk.vendor.truth()


@pytest.mark.parametrize("changes", [{"largest_page": 37}, {"is_last": "omitted"}])
def test__vendor_s_ways_with_pages__every_issue(desk: Desk, changes: dict[str, object]) -> None:
    desk.vendor.limits(**changes)
    desk.vendor.seed(*[desk.ago(hours=1)] * 130, *(desk.ago(minutes=n) for n in range(130)))
    assert Sync(desk).all().known == desk.vendor.truth()


def test__index_tells_seconds_only__every_issue(desk: Desk) -> None:
    desk.vendor.limits(index_precision_seconds=1)
    desk.vendor.seed(*(desk.ago(hours=1, milliseconds=-7 * n) for n in range(MANY)))
    assert Sync(desk).all().known == desk.vendor.truth()


def test__watermark__only_what_is_later_or_may_have_been_behind(desk: Desk) -> None:
    desk.configure(index_lag_seconds=60)
    watermark = desk.ago(hours=1)
    before, within, after = desk.vendor.seed(
        *(watermark + timedelta(seconds=n) for n in (-122, -118, 1))
    )
    page = desk.jira.pull(desk.run(), Since(watermark=watermark))
    assert [record.key for record in page.records] == [within, after]
    assert before not in {record.key for record in page.records}


def test__first_pull__goes_back_as_far_as_configured(desk: Desk) -> None:
    desk.configure(first_pull_days=2)
    _, new = desk.vendor.seed(desk.ago(days=3), desk.ago(days=1))
    assert list(Sync(desk).all().kept) == [new]


def test__projects__only_theirs(desk: Desk) -> None:
    desk.configure(projects=["IT"])
    desk.vendor.seed(desk.ago(hours=1))
    (ours,) = desk.vendor.seed(desk.ago(hours=1), project="IT")
    assert list(Sync(desk).all().kept) == [ours]


def test__project_does_not_exist__refused_with_jira_s_words(desk: Desk) -> None:
    desk.configure(projects=['GONE"'])
    with pytest.raises(PermanentError) as caught:
        Sync(desk).all()
    assert caught.value.status_code == 400
    assert "does not exist for the field 'project'" in str(caught.value.response_body)


def test__fields__those_that_are_configured(desk: Desk) -> None:
    desk.configure(fields=["summary"])
    desk.vendor.seed(desk.ago(hours=1))
    (record,) = Sync(desk).all().kept.values()
    assert set(record.data) == {"key", "updated", "summary"}

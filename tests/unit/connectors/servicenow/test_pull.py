"""What is asked of the table, and what is made of its answers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.records import Since
from tests.unit.connectors.servicenow.bench import TABLE, Subject, a_row, answer, rows, sys_id

UNTIL = "2026-01-01 12:00:00"
ORDER = "^ORDERBYsys_updated_on^ORDERBYsys_id"
WATERMARK = datetime(2025, 12, 1, 0, 5, 0, 999_999, tzinfo=UTC)
CURSOR = {"until": UNTIL, "at": "2025-12-01 00:00:07", "id": sys_id(9), "skip": 0}


@pytest.mark.parametrize(
    ("watermark", "start"),
    [
        (None, "1970-01-01 00:00:00"),
        (WATERMARK, "2025-12-01 00:00:00"),
        (WATERMARK.astimezone(timezone(timedelta(hours=9))), "2025-12-01 00:00:00"),
    ],
)
def test__first_page__from_behind_the_watermark_until_now(
    watermark: datetime | None, start: str
) -> None:
    subject = Subject(rows(a_row(1)))
    subject.integration.pull(subject.run, Since(watermark=watermark))
    assert subject.http.sent[0].url == f"{TABLE}/change_request"
    params = dict(subject.params())
    assert params.pop("sysparm_fields").startswith("sys_id,sys_updated_on,number,")
    assert params == {
        "sysparm_query": f"sys_updated_on>={start}^sys_updated_on<{UNTIL}{ORDER}",
        "sysparm_limit": "200",
        "sysparm_exclude_reference_link": "true",
    }


def test__next_page__behind_the_last_key_and_until_the_same_moment() -> None:
    subject = Subject(rows(a_row(1, "2025-12-01 00:00:08")))
    subject.clock.advance(3600)
    subject.integration.pull(subject.run, Since(watermark=WATERMARK, cursor=CURSOR))
    at = CURSOR["at"]
    query = f"sys_updated_on>={at}^sys_updated_on<{UNTIL}^sys_updated_on>{at}^ORsys_id>{sys_id(9)}"
    assert subject.params()["sysparm_query"] == f"{query}{ORDER}"
    assert "sysparm_offset" not in subject.params()


def test__page_without_rows__the_last_ones_are_asked_for() -> None:
    subject = Subject(rows(), rows())
    page = subject.integration.pull(subject.run, Since(cursor=CURSOR))
    assert (page.records, page.cursor) == ([], None)
    params = subject.params(1)
    backwards = ORDER.replace("ORDERBY", "ORDERBYDESC")
    assert params["sysparm_query"] == subject.params(0)["sysparm_query"].replace(ORDER, backwards)
    assert params["sysparm_limit"] == "10000"
    assert params["sysparm_fields"] == "sys_id,sys_updated_on"


@pytest.mark.parametrize(
    ("skip", "limit", "further"), [(0, "200", 100), (100, "1000", 600), (600, "1000", 1100)]
)
def test__hidden_rows__walked_past_by_half_of_what_was_looked_at(
    skip: int, limit: str, further: int
) -> None:
    subject = Subject(rows(), rows(a_row(10, "2025-12-02 00:00:00")))
    page = subject.integration.pull(subject.run, Since(cursor={**CURSOR, "skip": skip}))
    assert page.cursor == {**CURSOR, "skip": further}
    assert subject.params()["sysparm_limit"] == limit
    assert subject.params().get("sysparm_offset") == (str(skip) if skip else None)


def test__many_rows_behind_hidden_ones__no_more_than_a_page_of_them() -> None:
    found = [a_row(number, "2025-12-02 00:00:00") for number in range(10, 510)]
    subject = Subject(rows(*found))
    page = subject.integration.pull(subject.run, Since(cursor={**CURSOR, "skip": 100}))
    assert len(page.records) == 200
    assert page.cursor == {**CURSOR, "at": "2025-12-02 00:00:00", "id": sys_id(209)}


def test__hidden_rows_without_end__given_up_on_aloud() -> None:
    subject = Subject(rows(), rows(a_row(10, "2025-12-02 00:00:00")))
    with pytest.raises(PermanentError, match="hides more than 200000 rows"):
        subject.integration.pull(subject.run, Since(cursor={**CURSOR, "skip": 200_000}))


@pytest.mark.parametrize("moved", [a_row(10, UNTIL), a_row(10, "2026-01-01 12:00:01")])
def test__only_rows_that_have_moved_on__no_reason_to_go_on(moved: dict[str, Any]) -> None:
    subject = Subject(rows(moved), rows(moved))
    page = subject.integration.pull(subject.run, Since(cursor=CURSOR))
    assert (page.records, page.cursor, page.unreadable) == ([], None, [])


@pytest.mark.parametrize(
    "found",
    [
        [a_row(1, "2025-11-30 00:00:00")],
        [a_row(9, "2025-12-01 00:00:07")],
        [a_row(8, "2025-12-01 00:00:07")],
        [a_row(10, "2025-12-03 00:00:00"), a_row(11, "2025-12-02 00:00:00")],
        [a_row(11, "2025-12-02 00:00:00"), a_row(10, "2025-12-02 00:00:00")],
        [a_row(11, "2025-12-02 00:00:00"), a_row(11, "2025-12-02 00:00:00")],
    ],
    ids=["older", "the key itself", "before it", "dates", "ids", "twice"],
)
def test__query_was_not_kept_to__nothing_is_taken_for_a_page(found: list[dict[str, Any]]) -> None:
    subject = Subject(rows(*found))
    with pytest.raises(TransientError, match="did not keep to the query"):
        subject.integration.pull(subject.run, Since(cursor=CURSOR))


def test__ids_in_either_case__sorted_as_the_vendor_sorts_them() -> None:
    found = [a_row(0, sys_id=first + "0" * 31) for first in "aBc"]
    subject = Subject(rows(*found))
    assert len(subject.integration.pull(subject.run, Since()).records) == 3


@pytest.mark.parametrize(
    "at",
    [
        None,
        "",
        5,
        "yesterday",
        "2025-13-01 00:00:00",
        "2025-12-01",
        "2025-1-1 0:0:0",
        "2025-12-01T00:00:00Z",
        "2025-12-01 00:00:00^ORsys_id>0",
    ],
)
def test__date_that_is_none__named_and_passed_over(at: object) -> None:
    subject = Subject(rows(a_row(1), a_row(2, sys_updated_on=at), a_row(3)))
    page = subject.integration.pull(subject.run, Since())
    assert [record.key for record in page.records] == [sys_id(1), sys_id(3)]
    assert page.unreadable == ["CHG2 has no readable sys_updated_on"]


@pytest.mark.parametrize("found", [None, "", 7, "x", sys_id(2) + "^", "../" + "0" * 29])
def test__id_that_is_none__named_and_passed_over(found: object) -> None:
    subject = Subject(rows(a_row(1), a_row(2, sys_id=found), {"sys_id": found}))
    page = subject.integration.pull(subject.run, Since())
    assert [record.key for record in page.records] == [sys_id(1)]
    assert page.unreadable[0] == "CHG2 has no readable sys_id"
    assert len(page.unreadable) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"result": null}',
        b'{"result": {}}',
        b'{"result": "x"}',
        b'{"result": [1]}',
        b'{"result": [], "error": {"message": "x"}}',
    ],
)
def test__answer_that_is_no_list__transient(body: bytes) -> None:
    subject = Subject(answer(body))
    with pytest.raises(TransientError):
        subject.integration.pull(subject.run, Since())


@pytest.mark.parametrize("kind", ["text/html", "application/xml", "", "application/jsonp"])
def test__answer_of_another_type__transient_even_if_it_reads_as_json(kind: str) -> None:
    subject = Subject(answer({"result": []}, kind=kind))
    with pytest.raises(TransientError, match=f"{kind or 'nothing of a kind'} instead of JSON"):
        subject.integration.pull(subject.run, Since())


@pytest.mark.parametrize("kind", ["sent Bearer t/x", "text/" + "x" * 65])
def test__answer_of_no_type__message_does_not_repeat_it(kind: str) -> None:
    subject = Subject(answer({"result": []}, kind=kind))
    with pytest.raises(TransientError, match="200 with nothing of a kind instead of JSON"):
        subject.integration.pull(subject.run, Since())


def test__table_and_fields__as_they_are_set() -> None:
    subject = Subject(rows(a_row(1)), table="incident", fields=["number", "sys_id"])
    page = subject.integration.pull(subject.run, Since())
    assert subject.http.sent[0].url == f"{TABLE}/incident"
    assert subject.params()["sysparm_fields"] == "sys_id,sys_updated_on,number"
    assert page.records[0].data == a_row(1)

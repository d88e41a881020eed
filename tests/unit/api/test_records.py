import base64
from typing import Any

import pytest

from breakwater.ports import Origin
from tests.fakes.events import OTHER, SUBMITTER, http_event
from tests.fakes.front import Answer, Front
from tests.fakes.records import a_record
from tests.fakes.tasks import NOW

ORIGIN = Origin("t", 0, NOW)


def records(front: Front, system: str = "jira", *, claims: Any = SUBMITTER, **query: str) -> Answer:
    path = f"/api/v1/integrations/{system}/records"
    return front.send(http_event("GET", path, claims=claims, query=query))


@pytest.fixture
def filled(front: Front) -> Front:
    front.records.put("jira", [a_record(number) for number in range(5)], origin=ORIGIN)
    front.records.put("servicenow", [a_record(9), a_record(8)], origin=ORIGIN)
    return front


def test__records__are_shown_in_order(filled: Front) -> None:
    answer = records(filled)

    assert answer.status == 200
    assert answer.json["cursor"] is None
    assert answer.json["records"][0] == {
        "key": "r000",
        "updated_at": a_record(0).updated_at.isoformat(),
        "data": {"number": 0},
    }
    assert [one["key"] for one in answer.json["records"]] == [f"r00{n}" for n in range(5)]


@pytest.mark.parametrize("limit", ["1", "2", "3", "4", "5", "200"])
def test__records__paged__each_once(filled: Front, limit: str) -> None:
    keys, cursor = list[str](), None
    for _ in range(6):
        part = records(filled, limit=limit, **({"cursor": cursor} if cursor else {})).json
        keys += [one["key"] for one in part["records"]]
        cursor = part["cursor"]
        if cursor is None:
            break
    assert keys == [f"r00{n}" for n in range(5)]


def test__records__nothing_pulled_yet__is_an_empty_list(front: Front) -> None:
    assert records(front).json == {"records": [], "cursor": None}


@pytest.mark.parametrize("system", ["intune", "sap"])
def test__records__unknown_or_not_configured__is_404(front: Front, system: str) -> None:
    assert records(front, system).status == 404


@pytest.mark.parametrize("limit", ["0", "201", "-1", "", "1.0", "ten", "1,2", "٣", "9" * 5000])
def test__limit__wrong__names_its_bounds(filled: Front, limit: str) -> None:
    answer = records(filled, limit=limit)

    assert answer.faults == {"limit": "expected a whole number from 1 to 200"}


def test__query__unknown_parameters__are_all_listed(filled: Front) -> None:
    answer = records(filled, limit="0", since="2026", sort="desc")

    assert set(answer.faults) == {"limit", "since", "sort"}


def a_cursor(front: Front, **query: Any) -> str:
    cursor: str = records(front, limit="2", **query).json["cursor"]
    return cursor


def test__cursor__of_another_caller_or_list__is_refused(filled: Front) -> None:
    cursor = a_cursor(filled)

    for answer in (
        records(filled, cursor=cursor, claims=OTHER),
        records(filled, "servicenow", cursor=cursor),
    ):
        assert (answer.status, list(answer.faults)) == (400, ["cursor"])


def test__cursor__another_limit__goes_on(filled: Front) -> None:
    assert len(records(filled, cursor=a_cursor(filled), limit="9").json["records"]) == 3


def test__cursor__changed_anywhere__is_refused(filled: Front) -> None:
    cursor = a_cursor(filled)
    for place in range(len(cursor) - 1):  # of the last character some bits are padding
        other = "A" if cursor[place] != "A" else "B"
        assert records(filled, cursor=cursor[:place] + other + cursor[place + 1 :]).status == 400


@pytest.mark.parametrize(
    "cursor", [".", "a", "a.b", "é.é", "x" * 3000, "%00", base64.b64encode(b"2026#r").decode()]
)
def test__cursor__made_up__is_400(filled: Front, cursor: str) -> None:
    assert records(filled, cursor=cursor).status == 400


@pytest.mark.parametrize(("claims", "status"), [({"sub": "u"}, 403), (None, 401)])
def test__records__without_the_right__are_not_shown(
    filled: Front, claims: Any, status: int
) -> None:
    assert records(filled, claims=claims).status == status

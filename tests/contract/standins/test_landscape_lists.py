from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins.landscape import API_USER
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.landscape_api import ACTIVITIES, begin, listed, log_in, script


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("landscape")) as http:
        log_in(http)
        yield http


def ids(page: dict[str, Any]) -> list[int]:
    return [one["id"] for one in page["results"]]


def test__list__everything__parents_and_children_with_their_count(http: httpx.Client) -> None:
    begin(http)
    page = listed(http)
    assert (page["count"], len(page["results"])) == (4, 4)
    assert (page["next"], page["previous"]) == (None, None)


def test__pages__linked_with_their_query_until_the_last(http: httpx.Client) -> None:
    parent = begin(http)["id"]
    page = listed(http, query=f"parent-id:{parent}", limit=2)
    assert (page["count"], len(page["results"])) == (3, 2)
    assert page["next"].startswith(str(http.base_url))
    rest = http.get(page["next"]).json()
    assert (rest["count"], len(rest["results"]), rest["next"]) == (3, 1, None)
    assert sorted(ids(page) + ids(rest)) == [parent + 1, parent + 2, parent + 3]


@pytest.mark.parametrize(
    "params",
    [
        {"query": "parent-id:x"},
        {"query": "creator:nobody"},
        {"query": "created-after:yesterday"},
        {"query": "created-after:2026-01-01T10:30:00Z"},
        {"query": "summary:nginx"},
        {"query": "nginx"},
        {"limit": "-1"},
        {"limit": "many"},
        {"offset": "1.5"},
        {"page": "2"},
        {"limit": ["1", "2"]},
    ],
)
def test__list__wrong_query__refused_by_name(http: httpx.Client, params: dict[str, Any]) -> None:
    begin(http)
    answer = http.get(ACTIVITIES, params=params)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("InvalidQuery", "InvalidTime")


def test__created_after_and_creator__both_narrow_the_list(
    http: httpx.Client, control: Control
) -> None:
    script(control, now="2026-01-01T12:00:00Z")
    begin(http)
    script(control, now="2026-01-01T13:00:00Z")
    body = {"summary": "Install package vim", "creator": "jane@standin.example"}
    theirs = control.http.post("/landscape/activities", json=body).json()["id"]
    ours = begin(http)["id"]
    late = listed(http, query="created-after:2026-01-01T12:30")
    assert ids(late) == [theirs, ours, ours + 1, ours + 2, ours + 3]
    mine = listed(http, query=f"created-after:2026-01-01T12:30 creator:{API_USER}")
    assert ids(mine) == [ours, ours + 1, ours + 2, ours + 3]


def test__visibility_lag__lists_are_late_and_reading_by_id_is_not(
    http: httpx.Client, control: Control
) -> None:
    script(control, visibility_lag_seconds=60)
    activity = begin(http)
    assert listed(http)["count"] == 0
    assert http.get(f"{ACTIVITIES}/{activity['id']}").status_code == 200
    control.advance(61)
    assert listed(http)["count"] == 4


def test__clock__moves_with_everybody_s(http: httpx.Client, control: Control) -> None:
    script(control, now="2026-01-01T12:00:00Z")
    control.advance(3600)
    assert begin(http)["creation_time"].startswith("2026-01-01T13:00:0")


@pytest.mark.parametrize(
    "body",
    [
        {"progress": ["done"]},
        {"ends": "no"},
        {"now": "2026-01-01T12:00:00"},
        {"visibility_lag_seconds": -1},
        {"page_size": 0},
        {"parent_outcome": "delivered"},
        {"error_status": 99},
        {"colour": "red"},
    ],
)
def test__script__wrong__refused(control: Control, body: dict[str, Any]) -> None:
    assert control.http.post("/landscape/settings", json=body).status_code == 400


@pytest.mark.parametrize("status", [403, 404, 422, 500])
def test__errors__have_the_status_of_the_script(
    http: httpx.Client, control: Control, status: int
) -> None:
    script(control, error_status=status, unauthorised_status=status)
    answer = http.get(ACTIVITIES, params={"query": "x"})
    assert (answer.status_code, answer.json()["error"]) == (status, "InvalidQuery")
    http.headers.pop("authorization")
    answer = http.get(ACTIVITIES)
    assert (answer.status_code, answer.json()["error"]) == (status, "Unauthorised")


def test__fault__without_body__speaks_landscape_s_shape(
    http: httpx.Client, control: Control
) -> None:
    control.arm(kind="status", status=503)
    assert set(http.get(ACTIVITIES).json()) == {"error", "message"}


def test__reset__forgets_activities_tokens_and_scripts(
    http: httpx.Client, control: Control
) -> None:
    script(control, page_size=1)
    begin(http)
    control.reset()
    assert http.get(ACTIVITIES).status_code == 401
    log_in(http)
    assert listed(http)["count"] == 0
    for _ in range(2):
        begin(http)
    assert len(listed(http)["results"]) == 8

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins.landscape import API_USER, SNAP_COMPUTERS, WEB_COMPUTERS
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.landscape_api import (
    ACTIVITIES,
    FORM,
    begin,
    listed,
    log_in,
    script,
)

SNAPS = {"action": "install", "computer_ids": [31, 32], "snaps": [{"name": "hello"}]}


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("landscape")) as http:
        log_in(http)
        yield http


def installs(control: Control) -> dict[str, Any]:
    counts: dict[str, Any] = control.effects()["landscape"].get("install", {})
    return counts


def test__install__answers_with_an_activity(http: httpx.Client, control: Control) -> None:
    activity = begin(http, **{"packages.2": "git", "deliver_delay_window": "15"})
    assert activity["activity_status"] == "undelivered"
    assert activity["summary"] == "Install packages vim and git"
    assert (activity["parent_id"], activity["deliver_delay_window"]) == (None, 15)
    assert activity["creator"]["email"] == API_USER
    assert installs(control) == {"packages": {"vim git": 1}}


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"action": "RemovePackages"}, 400, "BadRequest"),
        ({"action": None}, 400, "BadRequest"),
        ({"version": "2020-01-01"}, 400, "BadRequest"),
        ({"version": None}, 400, "BadRequest"),
        ({"query": None}, 400, "BadRequest"),
        ({"query": ""}, 400, "InvalidQuery"),
        ({"query": "web"}, 400, "InvalidQuery"),
        ({"query": "tag:nobody"}, 400, "UnknownComputers"),
        ({"packages.1": None}, 400, "BadRequest"),
        ({"packages.1": None, "packages.2": "vim"}, 400, "BadRequest"),
        ({"packages.3": "git"}, 400, "BadRequest"),
        ({"packages.01": "git"}, 400, "BadRequest"),
        ({"packages.1": "no-such-package"}, 400, "UnknownPackages"),
        ({"deliver_after": "tomorrow"}, 400, "InvalidTime"),
        ({"deliver_after": "2026-01-01T10:00:00+01:00"}, 400, "InvalidTime"),
        ({"deliver_delay_window": "soon"}, 400, "InvalidTime"),
        ({"deliver_delay_window": "-1"}, 400, "InvalidTime"),
        ({"deliver_after_window": "1"}, 400, "BadRequest"),
        ({"query": ["tag:web", "tag:web"]}, 400, "BadRequest"),
    ],
)
def test__install__wrong_form__refused_by_name_without_effect(
    http: httpx.Client, control: Control, change: dict[str, Any], status: int, error: str
) -> None:
    form = {name: value for name, value in {**FORM, **change}.items() if value is not None}
    answer = http.post("/api/", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert installs(control) == {}


def test__install__package_that_was_added__is_known(http: httpx.Client, control: Control) -> None:
    control.http.post("/landscape/packages", json={"name": "ours"}).raise_for_status()
    begin(http, **{"packages.1": "ours"})
    assert installs(control) == {"packages": {"ours": 1}}


def test__install__json_or_no_trailing_slash__refused(http: httpx.Client) -> None:
    assert http.post("/api/", json=FORM).status_code == 415
    assert http.post("/api", data=FORM).status_code == 404
    assert http.get("/api/", params=FORM).status_code == 405


def test__snaps__answer_with_an_activity_that_names_neither_snaps_nor_computers(
    http: httpx.Client, control: Control
) -> None:
    answer = http.post("/api/v2/snaps", json=SNAPS)
    assert answer.json()["summary"] == "Install snaps on computer"
    children = listed(http, query=f"parent-id:{answer.json()['id']}")["results"]
    assert [one["computer_id"] for one in children] == list(SNAP_COMPUTERS)
    assert installs(control) == {"snaps": {"hello": 1}}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"action": "hold"}, "BadRequest"),
        ({"computer_ids": []}, "BadRequest"),
        ({"computer_ids": ["31"]}, "BadRequest"),
        ({"computer_ids": [31, 999]}, "UnknownComputers"),
        ({"snaps": []}, "BadRequest"),
        ({"snaps": ["hello"]}, "BadRequest"),
        ({"snaps": [{"name": "hello", "x": 1}]}, "BadRequest"),
        ({"query": "tag:web"}, "BadRequest"),
    ],
)
def test__snaps__wrong_body__refused_by_name_without_effect(
    http: httpx.Client, control: Control, change: dict[str, Any], error: str
) -> None:
    answer = http.post("/api/v2/snaps", json={**SNAPS, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert installs(control) == {}


def test__snaps__without_the_content_type__refused(http: httpx.Client, control: Control) -> None:
    headers = {"content-type": "text/plain"}
    assert http.post("/api/v2/snaps", content=b"{}", headers=headers).status_code == 415
    assert installs(control) == {}


def test__progress__read_by_read__then_the_end(http: httpx.Client, control: Control) -> None:
    script(control, progress=["undelivered", "scheduled", "delivered"])
    url = f"{ACTIVITIES}/{begin(http)['id']}"
    seen = [http.get(url).json()["activity_status"] for _ in range(5)]
    assert seen == ["undelivered", "scheduled", "delivered", "succeeded", "succeeded"]


def test__progress__never_ends__last_word_stays(http: httpx.Client, control: Control) -> None:
    script(control, progress=["undelivered", "blocked"], ends=False)
    url = f"{ACTIVITIES}/{begin(http)['id']}"
    seen = [http.get(url).json()["activity_status"] for _ in range(4)]
    assert seen == ["undelivered", "blocked", "blocked", "blocked"]


@pytest.mark.parametrize("outcome", ["failed", "canceled"])
def test__one_computer_does_not_succeed__it_says_why(
    http: httpx.Client, control: Control, outcome: str
) -> None:
    spec = {"id": WEB_COMPUTERS[1], "tags": ["web"], "outcome": outcome}
    spec |= {"result_code": 100, "result_text": "E: no"}
    assert control.http.post("/landscape/computers", json=spec).status_code == 201
    script(control, progress=[])
    activity = begin(http)
    parent = http.get(f"{ACTIVITIES}/{activity['id']}").json()
    assert (parent["activity_status"], parent["result_text"]) == (outcome, None)
    children = listed(http, query=f"parent-id:{activity['id']}")["results"]
    assert [(one["activity_status"], one["result_code"]) for one in children] == [
        ("succeeded", None),
        (outcome, 100),
        ("succeeded", None),
    ]


def test__late_children__end_after_their_parent(http: httpx.Client, control: Control) -> None:
    script(control, progress=["delivered"], late_children=1)
    activity = begin(http)
    url, children = f"{ACTIVITIES}/{activity['id']}", f"parent-id:{activity['id']}"
    http.get(url)
    assert http.get(url).json()["activity_status"] == "succeeded"
    statuses = [one["activity_status"] for one in listed(http, query=children)["results"]]
    assert statuses == ["delivered", "succeeded", "succeeded"]
    http.get(url)
    assert listed(http, query=children)["results"][0]["activity_status"] == "succeeded"


def test__unknown_activity__404(http: httpx.Client) -> None:
    assert http.get(f"{ACTIVITIES}/999").json()["error"] == "NotFound"
    assert http.get(f"{ACTIVITIES}/x").status_code == 404

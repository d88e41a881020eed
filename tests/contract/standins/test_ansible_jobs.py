from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import ansible
from infra.local.standins.server import StandIns
from tests.contract.standins.ansible_api import API, launched, logged_in, make_label
from tests.contract.standins.clients import Control

JOBS, LABELS = f"{API}/jobs/", f"{API}/labels/"


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with logged_in(standins) as http:
        yield http


def listed(http: httpx.Client, **query: str) -> list[dict[str, Any]]:
    answer = http.get(JOBS, params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert (page["next"], page["previous"]) == (None, None)
    found: list[dict[str, Any]] = page["results"]
    return found


def statuses(http: httpx.Client, job_id: int, reads: int) -> list[str]:
    return [http.get(f"{JOBS}{job_id}/").json()["status"] for _ in range(reads)]


def test__label__is_unique_within_its_organization(http: httpx.Client, control: Control) -> None:
    made = make_label(http)
    answer = http.post(LABELS, json={"name": "ours", "organization": ansible.ORGANIZATION})
    assert answer.status_code == 400
    assert "already exists" in answer.text
    page = http.get(LABELS, params={"name": "ours", "organization": "1"}).json()
    assert [one["id"] for one in page["results"]] == [made]
    assert http.get(LABELS, params={"name": "theirs"}).json()["count"] == 0
    assert control.effects()["ansible"]["labels"] == {"made": {"ours": 1}}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "", "organization": 1},
        {"name": "x" * 513, "organization": 1},
        {"name": "x", "organization": "1"},
        {"name": "x", "organization": 999},
        {"name": "x", "organization": 1, "color": "red"},
    ],
)
def test__label__wrong_body__refused(
    http: httpx.Client, control: Control, body: dict[str, Any]
) -> None:
    assert http.post(LABELS, json=body).status_code == 400
    assert control.effects() == {}


def test__job__goes_its_course_with_each_read(http: httpx.Client) -> None:
    job = launched(http)
    assert statuses(http, job["id"], 5) == ["pending", "running"] + ["successful"] * 3
    assert http.get(f"{JOBS}{job['id']}/").json()["failed"] is False


@pytest.mark.parametrize("end", ["failed", "error"])
def test__job__ends_as_scripted(http: httpx.Client, control: Control, end: str) -> None:
    script = {"id": ansible.TEMPLATE, "course": [end], "explanation": "why"}
    control.http.post("/ansible/templates", json=script)
    job = http.get(f"{JOBS}{launched(http)['id']}/").json()
    assert (job["status"], job["failed"], job["job_explanation"]) == (end, True, "why")


def test__job__nobody_knows__not_found(http: httpx.Client) -> None:
    assert http.get(f"{JOBS}1/").status_code == 404
    assert http.post(f"{JOBS}1/cancel/").status_code == 404


def test__cancel__stops_what_has_not_ended(http: httpx.Client, control: Control) -> None:
    job = launched(http)
    answer = http.post(f"{JOBS}{job['id']}/cancel/")
    assert (answer.status_code, answer.content) == (202, b"")
    assert statuses(http, job["id"], 2) == ["canceled", "canceled"]
    assert http.post(f"{JOBS}{job['id']}/cancel/").status_code == 405
    assert control.effects()["ansible"]["cancel"] == {"accepted": {str(job["id"]): 1}}


def test__cancel__of_what_has_ended__refused(http: httpx.Client) -> None:
    job = launched(http)
    statuses(http, job["id"], 3)
    assert http.post(f"{JOBS}{job['id']}/cancel/").status_code == 405


def test__list__the_jobs_of_a_label_by_their_ids(http: httpx.Client, control: Control) -> None:
    first = launched(http, labels=[make_label(http)])
    launched(http, labels=[make_label(http, "theirs")])
    launched(http)
    again = control.http.post("/ansible/relaunch", json={"job": first["id"]}).json()["job"]
    both = listed(http, labels__name="ours", order_by="id")
    assert [(one["id"], one["launch_type"]) for one in both] == [
        (first["id"], "manual"),
        (again, "relaunch"),
    ]
    assert [one["id"] for one in listed(http, labels__name="ours", page_size="1")] == [first["id"]]
    assert listed(http, labels__name="nobody's") == []


def test__list__shows_late_where_that_is_scripted(http: httpx.Client, control: Control) -> None:
    script = {"id": ansible.TEMPLATE, "visibility_lag_seconds": 10}
    control.http.post("/ansible/templates", json=script)
    job = launched(http, labels=[make_label(http)])
    assert listed(http, labels__name="ours") == []
    assert http.get(f"{JOBS}{job['id']}/").status_code == 200
    control.advance(10)
    assert len(listed(http, labels__name="ours")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?label=ours",
        "?labels__name=ours&status=new",
        "?labels__name=ours&labels__name=theirs",
        "?labels__name=ours&order_by=-id",
        "?labels__name=ours&page_size=many",
    ],
)
def test__list__unknown_or_wrong_filter__refused(http: httpx.Client, query: str) -> None:
    assert http.get(f"{JOBS}{query}").status_code == 400


@pytest.mark.parametrize(
    "script",
    [{}, {"id": 1, "course": []}, {"id": 1, "course": ["done"]}, {"id": 1, "colour": "red"}],
)
def test__script__wrong__refused(control: Control, script: dict[str, Any]) -> None:
    assert control.http.post("/ansible/templates", json=script).status_code == 400


def test__script__new_template__can_be_launched(http: httpx.Client, control: Control) -> None:
    assert control.http.post("/ansible/templates", json={"id": 77}).status_code == 201
    assert launched(http, f"{API}/job_templates/77/launch/")["job_template"] == 77
    (job,) = control.http.get("/ansible/jobs").json()["jobs"]
    assert (job["job_template"], job["labels"]) == (77, [])

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import ansible
from infra.local.standins.server import StandIns
from tests.contract.standins.ansible_api import (
    API,
    LAUNCH,
    TEMPLATES,
    launched,
    logged_in,
    make_label,
)
from tests.contract.standins.clients import Control

SILENT = f"{TEMPLATES}/{ansible.SILENT_TEMPLATE}/launch/"


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with logged_in(standins) as http:
        yield http


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{API}/ping"),
        ("GET", LAUNCH.rstrip("/")),
        ("POST", LAUNCH.rstrip("/")),
        ("POST", f"{API}/labels"),
        ("GET", f"{API}/jobs"),
        ("GET", f"{API}/jobs/1000"),
        ("POST", f"{API}/jobs/1000/cancel"),
        ("GET", "/api/v1/ping/"),
        ("GET", f"{API}/hosts/"),
    ],
)
def test__no_such_address__refused(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, set(answer.json())) == (404, {"detail"})


@pytest.mark.parametrize("value", ["", "Bearer wrong", f"Basic {ansible.TOKEN}", "Bearer"])
def test__token__is_asked_for_everywhere_but_at_the_ping(http: httpx.Client, value: str) -> None:
    http.headers["authorization"] = value
    for answer in (http.get(LAUNCH), http.get(f"{API}/jobs/1/"), http.post(LAUNCH, json={})):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer realm=api"
    assert http.get(f"{API}/ping/").json()["version"]


def test__token_is_changed__the_old_one_is_refused(http: httpx.Client, control: Control) -> None:
    control.http.post("/ansible/settings", json={"token": "new"})
    assert http.get(LAUNCH).status_code == 401
    http.headers["authorization"] = "Bearer new"
    assert http.get(LAUNCH).status_code == 200
    control.reset()
    assert http.get(LAUNCH).status_code == 401


def test__migrating__everybody_is_sent_away(http: httpx.Client, control: Control) -> None:
    control.http.post("/ansible/settings", json={"migrating": True})
    for answer in (http.get(f"{API}/ping/"), http.get(LAUNCH), http.post(LAUNCH, json={})):
        assert (answer.status_code, answer.headers["location"]) == (302, "/migrations_notran/")
    assert control.effects() == {}


@pytest.mark.parametrize("prefix", ["/api/v2", "/api/controller/v2"])
def test__job__has_its_address_below_the_prefix_that_was_asked(
    http: httpx.Client, prefix: str
) -> None:
    job = launched(http, LAUNCH.replace(API, prefix))
    assert job["url"] == f"{prefix}/jobs/{job['id']}/"
    assert http.get(job["url"].replace("/api", f"{http.base_url}api", 1)).status_code == 200


def test__launch__answers_with_the_job(http: httpx.Client, control: Control) -> None:
    label = make_label(http)
    job = launched(http, extra_vars={"a": 1}, limit="web", labels=[label], job_tags="x")
    assert (job["job"], job["status"], job["ignored_fields"]) == (job["id"], "pending", {})
    assert (job["limit"], job["job_tags"], job["extra_vars"]) == ("web", "x", '{"a": 1}')
    assert job["inventory"] == ansible.INVENTORY
    assert control.effects()["ansible"]["launch"] == {"jobs": {str(ansible.TEMPLATE): 1}}


def test__what_is_not_asked_for__dropped_and_listed(http: httpx.Client, control: Control) -> None:
    control.http.post(
        "/ansible/templates",
        json={"id": ansible.SILENT_TEMPLATE, "ask_labels_on_launch": False, "limit": "all"},
    )
    given = {
        "extra_vars": {"a": 1},
        "limit": "web",
        "inventory": ansible.OTHER_INVENTORY,
        "credentials": [ansible.OTHER_CREDENTIAL],
        "labels": [make_label(http)],
        "job_tags": "x",
    }
    job = launched(http, SILENT, **given)
    assert job["ignored_fields"] == given
    assert (job["limit"], job["extra_vars"]) == ("all", "{}")
    assert job["summary_fields"]["labels"] == {"count": 0, "results": []}


def test__same_as_the_template_has_it__neither_taken_nor_listed(http: httpx.Client) -> None:
    same = {"limit": "", "inventory": ansible.INVENTORY, "credentials": [ansible.CREDENTIAL]}
    assert launched(http, SILENT, **same)["ignored_fields"] == {}


def test__version_without_labels_on_launch__dropped_and_not_even_listed(
    http: httpx.Client, control: Control
) -> None:
    script = {"id": ansible.TEMPLATE, "ask_labels_on_launch": None}
    control.http.post("/ansible/templates", json=script)
    assert "ask_labels_on_launch" not in http.get(LAUNCH).json()
    job = launched(http, labels=[make_label(http)])
    assert job["ignored_fields"] == {}
    assert job["summary_fields"]["labels"]["count"] == 0


def test__survey__takes_its_variables(http: httpx.Client) -> None:
    path = f"{TEMPLATES}/{ansible.SURVEY_TEMPLATE}/launch/"
    assert http.get(path).json()["survey_enabled"] is True
    job = launched(http, path, extra_vars={"package": "vim", "other": 1})
    assert job["ignored_fields"] == {"extra_vars": {"other": 1}}
    assert job["extra_vars"] == '{"package": "vim"}'


def test__credentials__take_the_place_of_their_kind(http: httpx.Client) -> None:
    given = [ansible.VAULT_CREDENTIAL, ansible.OTHER_CREDENTIAL]
    shown = launched(http, credentials=given)["summary_fields"]["credentials"]
    assert {one["id"] for one in shown} == set(given)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"labels": [999]}, "labels"),
        ({"inventory": 999}, "inventory"),
        ({"credentials": [999]}, "credentials"),
        ({"credentials": [ansible.VAULT_CREDENTIAL]}, "credentials"),
        ({"credentials": [ansible.CREDENTIAL, ansible.OTHER_CREDENTIAL]}, "credentials"),
        ({"limit": 7}, "limit"),
        ({"extra_vars": "a: 1"}, "extra_vars"),
        ({"tags": "x"}, "tags"),
    ],
)
def test__launch__wrong_field__refused_naming_it(
    http: httpx.Client, control: Control, body: dict[str, Any], field: str
) -> None:
    answer = http.post(LAUNCH, json=body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert control.effects() == {}


def test__launch__not_json__refused(http: httpx.Client) -> None:
    assert http.post(LAUNCH, data={"limit": "web"}).status_code == 415
    headers = {"content-type": "application/json"}
    assert http.post(LAUNCH, content=b"{", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ({"launchable": False}, 405),
        ({"permitted": False}, 403),
        ({"inventory": None}, 400),
    ],
)
def test__template_cannot_be_launched__refused(
    http: httpx.Client, control: Control, script: dict[str, Any], status: int
) -> None:
    control.http.post("/ansible/templates", json={"id": ansible.TEMPLATE, **script})
    assert http.post(LAUNCH, json={}).status_code == status
    assert control.effects() == {}


def test__sliced_template__makes_a_workflow_job(http: httpx.Client, control: Control) -> None:
    control.http.post("/ansible/templates", json={"id": ansible.TEMPLATE, "slices": 2})
    assert http.get(LAUNCH).json()["defaults"]["job_slice_count"] == 2
    job = launched(http)
    assert ("job" in job, job["workflow_job"]) == (False, job["id"])

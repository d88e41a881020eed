"""Jira's issues, what hangs on them, and its limits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control
from tests.contract.standins.jira_site import Site, a_site, refusal

ISSUE = "/rest/api/3/issue"
LINK = {"globalId": "g-1", "object": {"url": "https://x.example/1", "title": "One"}}


@pytest.fixture
def site(standins: StandIns, control: Control) -> Iterator[Site]:
    with a_site(standins, control) as site:
        yield site


def issue(**changes: Any) -> dict[str, Any]:
    """Return an issue as it is to be created."""
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Task"},
        "summary": "Install",
        "labels": ["l-1"],
        **changes,
    }
    return {"fields": fields, "properties": [{"key": "p", "value": {"a": 1}}]}


def test__create__every_time_another_one(site: Site) -> None:
    made = [site.http.post(ISSUE, json=issue()) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert [one.json()["key"] for one in made] == ["OPS-1", "OPS-2"]
    assert site.control.effects()["jira"]["issue"]["created"]["l-1"] == 2
    read = site.http.get(f"{ISSUE}/OPS-1?fields=summary,labels").json()
    assert read["fields"] == {"summary": "Install", "labels": ["l-1"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"project": {"key": "GONE"}},
        {"issuetype": {"name": "Song"}},
        {"summary": "two\nlines"},
        {"summary": "x" * 256},
        {"summary": None},
        {"labels": ["two words"]},
        {"description": "plain"},
        {"description": {"type": "doc", "version": 1, "content": [{"type": "text", "text": "x"}]}},
        {"reporter": "nobody"},
    ],
)
def test__create__faulty__refused_and_nothing_made(site: Site, changes: dict[str, Any]) -> None:
    assert refusal(site.http.post(ISSUE, json=issue(**changes)))[0] == 400
    assert site.control.effects() == {}


def test__body__of_another_type__refused(site: Site) -> None:
    assert refusal(site.http.post(ISSUE, data={"a": "b"}))[0] == 415


def test__remote_link__one_for_each_global_id(site: Site) -> None:
    (issue_id,) = site.seed("2026-01-01T10:00:00Z")
    first = site.http.post(f"{ISSUE}/{issue_id}/remotelink", json=LINK)
    again = site.http.post(f"{ISSUE}/{issue_id}/remotelink", json=LINK)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert site.control.effects()["jira"]["link"] == {
        "created": {issue_id: 1},
        "updated": {issue_id: 1},
    }


def test__property__created_then_replaced(site: Site) -> None:
    (issue_id,) = site.seed("2026-01-01T10:00:00Z")
    path = f"{ISSUE}/{issue_id}/properties/p"
    assert [site.http.put(path, json={"n": n}).status_code for n in (1, 2)] == [201, 200]
    (truth,) = site.control.http.get("/jira/issues").json()["issues"]
    assert truth["properties"] == {"p": {"n": 2}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "/properties/p", {"a": 1}),
        ("POST", "/remotelink", LINK),
    ],
)
def test__issue_that_is_not_there__404(site: Site, method: str, path: str, body: Any) -> None:
    (issue_id,) = site.seed("2026-01-01T10:00:00Z")
    site.tell("/touch", id=issue_id, deleted=True)
    for unknown in (issue_id, "OPS-99"):
        answer = site.http.request(method, f"{ISSUE}/{unknown}{path}", json=body)
        assert refusal(answer)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rest/api/3/search", 404),
        ("GET", "/rest/api/3/search/jql", 405),
        ("GET", "/rest/api/3/serverInfo/", 404),
        ("GET", "/rest/api/3/serverInfo?healthCheck=true", 400),
    ],
)
def test__address__exactly_so_or_refused(site: Site, method: str, path: str, status: int) -> None:
    assert refusal(site.http.request(method, path))[0] == status


def test__burst__429_with_its_reason(site: Site) -> None:
    site.tell("/settings", burst_per_second=2)
    answers = [site.http.get("/rest/api/3/serverInfo") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["ratelimit-reason"] == "jira-burst-based"
    assert answers[2].headers["retry-after"] == "1"
    site.control.advance(1)
    assert site.http.get("/rest/api/3/serverInfo").status_code == 200


def test__writes_to_one_issue__429_and_other_issues_are_free(site: Site) -> None:
    site.tell("/settings", writes_per_issue=1)
    one, other = site.seed("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z")
    paths = [f"{ISSUE}/{issue_id}/remotelink" for issue_id in (one, one, other)]
    answers = [site.http.post(path, json=LINK) for path in paths]
    assert [answer.status_code for answer in answers] == [201, 429, 201]
    assert answers[1].headers["ratelimit-reason"] == "jira-per-issue-on-write"


@pytest.mark.parametrize(
    ("told", "retry_after"), [("true", "3600"), ("short", "1"), ("omitted", None)]
)
def test__quota__429_until_its_reset(site: Site, told: str, retry_after: str | None) -> None:
    site.tell(
        "/settings",
        now="2026-01-01T12:00:30Z",
        requests_per_hour=0,
        quota_retry_after=told,
    )
    answer = site.http.get("/rest/api/3/serverInfo")
    assert refusal(answer)[0] == 429
    assert answer.headers["ratelimit-reason"] == "jira-quota-global-based"
    assert answer.headers.get("retry-after") == retry_after
    reset = datetime.fromisoformat(answer.headers["x-ratelimit-reset"])
    assert reset == datetime(2026, 1, 1, 13, 1, tzinfo=UTC)


def test__control_routes__what_makes_no_sense_is_refused(site: Site) -> None:
    control = site.control.http
    assert control.post("/jira/touch", json={"id": "1"}).status_code == 404
    for path, body in (
        ("/jira/issues", {"issues": [{"updated": "2026-01-01T10:00:00"}]}),
        ("/jira/settings", {"tokens": "bad"}),
        ("/jira/touch", {}),
    ):
        assert control.post(path, json=body).status_code == 400

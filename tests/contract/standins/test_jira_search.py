"""Jira's search: what its index has, page by page, and how it refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.standins import jira
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control
from tests.contract.standins.jira_site import ALL, SEARCH, Site, a_site, refusal


@pytest.fixture
def site(standins: StandIns, control: Control) -> Iterator[Site]:
    with a_site(standins, control) as site:
        yield site


def test__search__in_its_order_with_the_fields_that_were_asked_for(site: Site) -> None:
    late, early = site.seed("2026-01-01T10:00:00.5Z", "2026-01-01T09:00:00Z")
    issues = site.search().json()["issues"]
    assert [issue["id"] for issue in issues] == [early, late]
    # Jira writes an offset without a colon, in the user's own zone.
    assert issues[1]["fields"] == {"updated": "2026-01-01T11:00:00.500+0100"}
    assert site.http.post(SEARCH, json={"jql": ALL}).json()["issues"] == [
        {"id": early},
        {"id": late},
    ]


def test__search__pages_by_token_and_none_on_the_last(site: Site) -> None:
    ids = site.seed(*["2026-01-01T10:00:00Z"] * 5)
    first = site.search(maxResults=3).json()
    assert first["isLast"] is False
    last = site.search(maxResults=3, nextPageToken=first["nextPageToken"]).json()
    assert [issue["id"] for issue in first["issues"] + last["issues"]] == ids
    assert last["isLast"] is True
    assert "nextPageToken" not in last


@pytest.mark.parametrize(
    ("jql", "count"),
    [
        ('project in ("IT") ORDER BY key ASC', 1),
        ('project in ("IT", "OPS")', 2),
        ('labels = "a\\"b"', 1),
        ('labels = "a"', 0),
        ('project in ("IT") AND labels = "a\\"b"', 0),
        ("updated >= 1767261600000", 2),
        ("updated >= 1767261600001", 1),
    ],
)
def test__query__every_condition_counts(site: Site, jql: str, count: int) -> None:
    site.seed("2026-01-01T10:00:00Z", labels=['a"b'])
    site.seed("2026-01-01T11:00:00Z", project="IT")
    assert len(site.found(jql)) == count


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"jql": ""}, "Unbounded"),
        ({"jql": "ORDER BY key ASC"}, "not understood"),
        ({"jql": " ORDER BY key ASC"}, "Unbounded"),
        ({"jql": "updated >= yesterday"}, "not understood"),
        ({"jql": 'project in ("GONE")'}, "does not exist for the field 'project'"),
        ({"jql": f"{ALL} DESC"}, "cannot order"),
        ({"jql": ALL, "startAt": 0}, "startAt"),
        ({"jql": ALL, "maxResults": 0}, "maxResults"),
        ({"jql": ALL, "nextPageToken": "never-issued"}, "nextPageToken"),
    ],
)
def test__search__refused_in_jira_s_shape(site: Site, body: dict[str, Any], words: str) -> None:
    status, said = refusal(site.http.post(SEARCH, json=body))
    assert status == 400
    assert words in said


def test__token__good_for_its_query_and_its_time_only(site: Site) -> None:
    site.seed(*["2026-01-01T10:00:00Z"] * 3)
    token = site.search(maxResults=1).json()["nextPageToken"]
    assert refusal(site.search("updated >= 1000000000001", nextPageToken=token))[0] == 400
    assert site.search(nextPageToken=token).status_code == 200
    site.control.advance(7 * 86_400)
    assert refusal(site.search(nextPageToken=token))[0] == 400


@pytest.mark.parametrize("tokens", ["repeated", "circle"])
def test__tokens_scripted__lead_nowhere(site: Site, tokens: str) -> None:
    site.tell("/settings", tokens=tokens)
    site.seed(*["2026-01-01T10:00:00Z"] * 9)
    token, seen = None, []
    for _ in range(12):
        more: dict[str, str] = {"nextPageToken": token} if token else {}
        token = site.search(maxResults=1, **more).json()["nextPageToken"]
        seen.append(token)
    assert len(set(seen)) <= 3


@pytest.mark.parametrize(("shown", "summary"), [("indexed", "Old"), ("current", "New")])
def test__index_lags__finds_what_was_and_shows_as_scripted(
    site: Site, shown: str, summary: str
) -> None:
    (issue_id,) = site.seed("2026-01-01T10:00:00Z", summary="Old")
    site.tell("/settings", index_lag_seconds=60, shown=shown)
    site.tell("/touch", id=issue_id, summary="New")
    (issue,) = site.search(fields=["summary"]).json()["issues"]
    assert issue["fields"]["summary"] == summary
    site.control.advance(60)
    (issue,) = site.search(fields=["summary"]).json()["issues"]
    assert issue["fields"]["summary"] == "New"


def test__stranger__refused_or_shown_nothing_as_scripted(site: Site) -> None:
    site.seed("2026-01-01T10:00:00Z")
    site.http.auth = (jira.EMAIL, "wrong")
    assert refusal(site.search())[0] == 401
    site.tell("/settings", strangers="anonymous")
    answer = site.search()
    assert (answer.status_code, answer.json()) == (200, {"issues": [], "isLast": True})
    assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"
    assert refusal(site.http.post("/rest/api/3/issue", json={}))[0] == 401

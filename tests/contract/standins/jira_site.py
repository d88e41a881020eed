"""Jira's stand-in as tests of it speak to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from infra.local.standins import jira
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client

SEARCH = "/rest/api/3/search/jql"
ALL = "updated >= 1000000000000 ORDER BY updated ASC, key ASC"


class Site:
    """Jira, as a well-behaved client uses it; `http` is there for the others."""

    def __init__(self, http: httpx.Client, control: Control) -> None:
        self.http = http
        self.control = control

    def tell(self, path: str, **body: Any) -> Any:
        answer = self.control.http.post(f"/jira{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def seed(self, *moments: str, **spec: Any) -> list[str]:
        issues = [{"updated": moment, **spec} for moment in moments]
        ids: list[str] = self.tell("/issues", issues=issues)["ids"]
        return ids

    def search(self, jql: str = ALL, **body: Any) -> httpx.Response:
        return self.http.post(SEARCH, json={"jql": jql, "fields": ["updated"], **body})

    def found(self, jql: str = ALL, **body: Any) -> list[str]:
        answer = self.search(jql, **body)
        assert answer.status_code == 200, answer.text
        return [issue["id"] for issue in answer.json()["issues"]]


@contextmanager
def a_site(standins: StandIns, control: Control) -> Iterator[Site]:
    """Give a client that says who it is."""
    with client(standins.url_of("jira")) as http:
        http.auth = (jira.EMAIL, jira.API_TOKEN)
        yield Site(http, control)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the words of a refusal, having checked that it has Jira's shape."""
    body = answer.json()
    assert set(body) == {"errorMessages", "errors"}
    return answer.status_code, " ".join([*body["errorMessages"], *body["errors"].values()])

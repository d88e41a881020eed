"""Jira Cloud's calls, one method each.

Source of paths, bodies and statuses: developer.atlassian.com/cloud/jira/platform/rest/v3, groups
"issue search", "issues", "issue properties" and "issue remote links".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from breakwater.connectors.jira.quota import SERVICE, Quota
from breakwater.connectors.session import UNAUTHORIZED, Session
from breakwater.connectors.words import plain
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpClient, HttpOptions, HttpResponse, Run
from breakwater.resilience.deadline import Deadline

CONFLICT = 409
NOT_LOGGED_IN = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search."""

    issues: Sequence[Mapping[str, Any]]
    last: bool
    token: str | None
    """What opens the next page."""


class Site:
    """One Jira site at its base URL."""

    def __init__(self, *, site_url: str, session: Session, quota: Quota) -> None:
        self._site = site_url.rstrip("/")
        self._api = f"{self._site}/rest/api/3"
        self._session = session
        self._quota = quota

    def probe(self, run: Run) -> None:
        """Read what the server says of itself, without a second try."""
        self._call(run, "GET", "serverInfo", repeatable=False)

    def search(
        self, run: Run, jql: str, fields: Sequence[str], *, limit: int, token: str | None = None
    ) -> Found:
        """Return a page of what a query finds, in the index's view of the issues."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": limit}
        if token is not None:
            body["nextPageToken"] = token
        answer = self._call(run, "POST", "search/jql", repeatable=True, json_body=body).json()
        issues, following = _field(answer, "issues", list), answer.get("nextPageToken") or None
        if not all(isinstance(issue, Mapping) for issue in issues):
            raise TransientError("jira listed something else than issues", service=SERVICE)
        # The token is left out of the last page. Where both are there, isLast is the plainer word.
        return Found(issues, bool(answer.get("isLast", following is None)), following)

    def create(self, run: Run, issue: Mapping[str, Any]) -> Mapping[str, str]:
        """Create an issue, with one request, and return its `{id, key, url}`."""
        made = self._call(run, "POST", "issue", repeatable=False, json_body=issue).json()
        return self.handle(made)

    def handle(self, issue: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the `{id, key, url}` of an issue that Jira has answered with."""
        issue_id, key = _field(issue, "id", str), _field(issue, "key", str)
        if not (issue_id.isascii() and issue_id.isdigit()):  # it will be part of a path
            raise TransientError("jira gave an issue an id that is no number", service=SERVICE)
        key = plain(key) or issue_id
        return {"id": issue_id, "key": key, "url": f"{self._site}/browse/{key}"}

    def put_property(self, run: Run, issue_id: str, name: str, value: Mapping[str, Any]) -> None:
        """Set a property of an issue; the same again changes nothing."""
        self._upsert(run, issue_id, "PUT", f"properties/{name}", value)

    def put_link(self, run: Run, issue_id: str, link: Mapping[str, Any]) -> None:
        """Add a remote link to an issue, or replace the one that has the same `globalId`."""
        self._upsert(run, issue_id, "POST", "remotelink", link)

    def _upsert(
        self, run: Run, issue_id: str, method: str, path: str, body: Mapping[str, Any]
    ) -> None:
        """Write what replaces itself, once more where another update was in its way.

        Nothing is merged, so reading again only tells that the issue still stands.
        """
        issue = f"issue/{issue_id}"
        try:
            self._call(run, method, f"{issue}/{path}", repeatable=True, json_body=body)
        except PermanentError as error:
            if error.status_code != CONFLICT:
                raise
            self._call(run, "GET", issue, params={"fields": "updated"})
            again: HttpOptions = {"repeatable": False, "transient": {CONFLICT}, "json_body": body}
            self._call(run, method, f"{issue}/{path}", **again)

    def _call(
        self, run: Run, method: str, path: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        self._quota.check()
        options["retry_after"] = self._quota.read
        return self._session.request(run, method, f"{self._api}/{path}", **options)


class LoggedIn:
    """A ports.HttpClient on which a read that Jira answers to nobody in particular is a 401.

    Some calls are open to anonymous users, and a search of theirs finds nothing: with a token that
    has been revoked Jira may answer 200, and a header tells that the login has failed
    (support.atlassian.com, "JQL search REST API returns 200 OK without API token"). What writes is
    believed: it would be sent a second time.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        correlation_id: str,
        deadline: Deadline,
        **options: Unpack[HttpOptions],
    ) -> HttpResponse:
        """Send a request; see ports.HttpClient."""
        answer = self._http.request(
            method,
            url,
            service=service,
            correlation_id=correlation_id,
            deadline=deadline,
            **options,
        )
        reason = answer.headers.get("x-seraph-loginreason", "").upper()
        if (method == "GET" or options.get("repeatable")) and any(
            failure in reason for failure in NOT_LOGGED_IN
        ):
            raise PermanentError(
                "jira answered as to an anonymous user: the login has failed",
                service=service,
                status_code=UNAUTHORIZED,
            )
        return answer


def _field(answer: Any, name: str, kind: type[Any]) -> Any:
    """Return a field that Jira always sends. Raises TransientError: a well service sends it."""
    found = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(found, kind) or found == "":
        raise TransientError(f"jira answered without {name}", service=SERVICE)
    return found

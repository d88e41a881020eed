"""Jira's resources: the search, issues, what hangs on them, and the server itself."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jira.issues import Issue
from infra.local.standins.jira.manners import JiraError, guarded, read_json, throttled
from infra.local.standins.jira.models import (
    ISSUE_BODY,
    LINK_BODY,
    PROPERTY_BODY,
    SEARCH_BODY,
    SearchBody,
)
from infra.local.standins.jira.query import InvalidQueryError, Position, Query, parse
from infra.local.standins.jira.seeds import ISSUE_TYPES, PROJECTS
from infra.local.standins.jira.state import State

ROOT = "/rest/api/3"


class Resources:
    """The handlers."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes, guarded as Jira guards them."""
        state, one = self._state, ROOT + "/issue/{issue}"
        search = guarded(state, self._search, open_to_all=True)
        server = guarded(state, self._server_info, open_to_all=True)
        read = guarded(state, self._read, query=("fields",))
        return [
            Route(ROOT + "/search/jql", search, methods=["POST"]),
            Route(ROOT + "/serverInfo", server, methods=["GET"]),
            Route(ROOT + "/issue", guarded(state, self._create), methods=["POST"]),
            Route(one, read, methods=["GET"]),
            Route(one + "/properties/{key}", guarded(state, self._set), methods=["PUT"]),
            Route(one + "/remotelink", guarded(state, self._link), methods=["POST"]),
        ]

    async def _search(self, request: Request) -> Response:
        body = await read_json(request, SEARCH_BODY)
        try:
            query = parse(body.jql)
        except InvalidQueryError as error:
            raise JiraError(400, str(error)) from error
        after = self._after(body)
        if request.state.anonymous:
            return JSONResponse({"issues": [], "isLast": True})
        return JSONResponse(self._page(request, body, query, after))

    def _after(self, body: SearchBody) -> Position:
        if body.token is None:
            return ()
        after = self._state.position(body.token, body.jql)
        if after is None:
            # UNSURE about the words.
            raise JiraError(400, "The nextPageToken is invalid or has expired.")
        return after

    def _page(
        self, request: Request, body: SearchBody, query: Query, after: Position
    ) -> dict[str, Any]:
        settings = self._state.settings
        precision = settings.index_precision_seconds
        found = sorted(
            (query.position(issue, version, precision), issue, version)
            for issue, version in self._state.indexed()
            if query.finds(issue, version, precision)
        )
        left = [one for one in found if one[0] > after]
        page = left[: min(body.page_size, settings.largest_page)]
        is_current = settings.shown == "current"
        issues = [
            self._view(request, issue, body.fields, None if is_current else version)
            for _, issue, version in page
        ]
        answer: dict[str, Any] = {"issues": issues, "isLast": len(page) == len(left)}
        if not answer["isLast"]:
            answer["nextPageToken"] = self._token(body, page[-1][0])
        if settings.is_last == "omitted":
            del answer["isLast"]
        return answer

    def _token(self, body: SearchBody, position: Position) -> str:
        tokens = self._state.settings.tokens
        if body.token is not None and tokens == "repeated":
            return body.token
        known = [token for token, (_, jql, _) in self._state.pages.items() if jql == body.jql]
        if tokens == "circle" and len(known) >= 3:
            return known[(known.index(body.token) + 1) % 3] if body.token in known else known[0]
        return self._state.turn(body.jql, position)

    async def _server_info(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse({"baseUrl": base, "deploymentType": "Cloud", "version": "1001.0.0"})

    async def _create(self, request: Request) -> Response:
        body = await read_json(request, ISSUE_BODY)
        faults = {}
        if body.fields.project.key not in PROJECTS:
            faults["project"] = "Specify a valid project ID or key"
        if body.fields.issuetype.name not in ISSUE_TYPES:
            faults["issuetype"] = "Specify a valid issue type"
        if faults:
            raise JiraError(400, fields=faults)
        issue = self._state.create(body)
        made = {"id": issue.id, "key": issue.key, "self": _address(request, issue)}
        return JSONResponse(made, 201)

    async def _read(self, request: Request) -> Response:
        names = request.query_params.get("fields", "*all").split(",")
        return JSONResponse(self._view(request, self._issue(request), names))

    async def _set(self, request: Request) -> Response:
        issue, key = self._written(request), request.path_params["key"]
        value = await read_json(request, PROPERTY_BODY)
        known = key in issue.properties
        issue.properties[key] = value
        self._state.count("property", "set", issue.id, key)
        return JSONResponse(None, 200 if known else 201)

    async def _link(self, request: Request) -> Response:
        issue, body = self._written(request), await read_json(request, LINK_BODY)
        link = body.model_dump(by_alias=True, exclude_none=True)
        name = body.global_id or f"link-{len(issue.links)}"
        known = name in issue.links
        number = list(issue.links).index(name) if known else len(issue.links)
        issue.links[name] = link
        self._state.count("link", "updated" if known else "created", issue.id)
        made = {"id": 1000 + number, "self": f"{_address(request, issue)}/remotelink/{number}"}
        return JSONResponse(made, 200 if known else 201)

    def _issue(self, request: Request) -> Issue:
        issue = self._state.find(request.path_params["issue"])
        if issue is None:
            raise JiraError(404, "Issue does not exist or you do not have permission to see it.")
        return issue

    def _written(self, request: Request) -> Issue:
        """Return the issue that is about to be written to."""
        issue, settings = self._issue(request), self._state.settings
        wait = self._state.throttle(
            ("writes", issue.id), settings.writes_per_issue, settings.write_window_seconds
        )
        if wait is not None:
            raise throttled(self._state, "jira-per-issue-on-write", wait)
        return issue

    def _view(
        self, request: Request, issue: Issue, names: Any, version: Any = None
    ) -> dict[str, Any]:
        fields = issue.view(version or issue.current)
        kept = {name: value for name, value in fields.items() if name in names or "*all" in names}
        shown = {"id": issue.id, "key": issue.key, "self": _address(request, issue)}
        # Only what is asked for: the default is the id alone.
        return {**shown, "fields": kept} if tuple(names) != ("id",) else {"id": issue.id}


def _address(request: Request, issue: Issue) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}/issue/{issue.id}"

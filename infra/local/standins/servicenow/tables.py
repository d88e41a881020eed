"""The Table API: change_request in full, and sys_user for probes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.servicenow.instance import (
    InstanceError,
    guarded,
    read_json,
    whole_number,
)
from infra.local.standins.servicenow.models import COLUMNS, REFERENCES, WRITTEN
from infra.local.standins.servicenow.query import parse_query
from infra.local.standins.servicenow.state import Change, State

ROOT = "/api/now/table"
LIST = (
    "sysparm_query",
    "sysparm_fields",
    "sysparm_limit",
    "sysparm_offset",
    "sysparm_exclude_reference_link",
)
MOST = 10_000
USER = "5b5b5b5b0000400080000000000000d1"


class Tables:
    """The handlers of the tables."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes, guarded as the instance guards them."""
        state, changes = self._state, f"{ROOT}/change_request"
        users = guarded(state, self._users, query=("sysparm_limit", "sysparm_fields"))
        return [
            Route(changes, guarded(state, self._list, query=LIST), methods=["GET"]),
            Route(changes, guarded(state, self._create), methods=["POST"]),
            Route(f"{changes}/{{sys_id}}", guarded(state, self._update), methods=["PATCH"]),
            Route(f"{ROOT}/sys_user", users, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        limit = whole_number(request, "sysparm_limit", MOST, MOST)
        offset = whole_number(request, "sysparm_offset", 0, 10**9)
        query = parse_query(request.query_params.get("sysparm_query", ""), COLUMNS)
        readable = self._state.readable()
        found = query.run(change.fields for change in readable.values())
        chosen = [readable[row["sys_id"]] for row in found[offset : offset + limit]]
        self._state.touch()
        # Hidden rows are taken out last: the limit has counted them.
        rows = [_shown(request, change) for change in chosen if not change.hidden]
        return JSONResponse({"result": rows})

    async def _create(self, request: Request) -> Response:
        written = await read_json(request, WRITTEN)
        if not written.short_description:
            # UNSURE with which status a data policy refuses; 403 is permanent, as it should be.
            raise InstanceError(
                403, "Operation Failed", "Data Policy Exception: Short description is mandatory"
            )
        change = self._state.create(written)
        address = f"{request.url.replace(query='')}/{change.fields['sys_id']}"
        return JSONResponse({"result": _shown(request, change)}, 201, {"location": address})

    async def _update(self, request: Request) -> Response:
        change = self._state.readable().get(request.path_params["sys_id"])
        if change is None or change.hidden:
            raise InstanceError(
                404,
                "No Record found",
                "Record doesn't exist or ACL restricts the record retrieval",
            )
        self._state.update(change, await read_json(request, WRITTEN))
        return JSONResponse({"result": _shown(request, change)})

    async def _users(self, request: Request) -> Response:
        if (
            whole_number(request, "sysparm_limit", MOST, MOST) < 1
            or request.query_params.get("sysparm_fields") != "sys_id"
        ):
            raise InstanceError(403, "Insufficient rights to query records")
        return JSONResponse({"result": [{"sys_id": USER}]})


def _shown(request: Request, change: Change) -> dict[str, Any]:
    """Return a row as a client gets it: all columns as text, a journal's always empty."""
    given = request.query_params.get("sysparm_fields")
    # A field that there is not is left out, silently.
    names = [name for name in given.split(",") if name in COLUMNS] if given else list(COLUMNS)
    row: dict[str, Any] = {name: change.fields.get(name, "") for name in names}
    row |= dict.fromkeys((name for name in change.masked if name in row), "")
    if request.query_params.get("sysparm_exclude_reference_link") != "true":
        for name, table in REFERENCES.items():
            if row.get(name):
                link = f"{request.base_url}servicenow{ROOT}/{table}/{row[name]}"
                row[name] = {"link": link, "value": row[name]}
    return row

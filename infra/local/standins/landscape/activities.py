"""Landscape's activities: one by its id, or a list of those that a query selects."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.landscape.manners import LandscapeError, guarded, whole_number
from infra.local.standins.landscape.state import Activity, State

ROOT = "/api/v2/activities"


class Activities:
    """The handlers of activities."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes, guarded as Landscape guards them."""
        listing = guarded(self._state, self._list, query=("query", "limit", "offset"))
        return [
            Route(ROOT, listing, methods=["GET"]),
            Route(ROOT + "/{activity_id:int}", guarded(self._state, self._read), methods=["GET"]),
        ]

    async def _read(self, request: Request) -> Response:
        activity = self._state.activities.get(request.path_params["activity_id"])
        if activity is None:
            raise LandscapeError("NotFound", "There is no such activity.", 404)
        (activity.parent or activity).reads += 1
        return JSONResponse(self._state.view(activity))

    async def _list(self, request: Request) -> Response:
        query = request.query_params.get("query", "")
        found = [one for one in self._state.visible() if _matches(one, query)]
        start = whole_number(request, "offset", 0)
        size = min(whole_number(request, "limit", 1000), self._state.script.page_size)
        end = start + size
        link = None
        if end < len(found):
            again = {"query": query} if query else {}
            again |= {"limit": str(size), "offset": str(end)}
            link = str(request.url.replace(query=urlencode(again)))
        return JSONResponse(
            {
                "count": len(found),
                "results": [self._state.view(one) for one in found[start:end]],
                "next": link,
                "previous": None,
            }
        )


def _matches(activity: Activity, query: str) -> bool:
    """Tell whether an activity fits every criterion. UNSURE: others exist; none is used here."""
    checks = []
    for criterion in query.split():
        name, _, value = criterion.partition(":")
        if name == "parent-id" and value.isdigit():
            checks.append(activity.parent is not None and activity.parent.id == int(value))
        elif name == "creator" and "@" in value:
            checks.append(activity.creator == value)
        elif name == "created-after":
            checks.append(activity.created >= _moment(value))
        else:
            raise LandscapeError("InvalidQuery", f"'{criterion}' is no criterion.")
    return all(checks)


def _moment(text: str) -> datetime:
    """Read a time as precise as 2011-01-01T10:30. UNSURE in which zone; UTC, as in answers."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise LandscapeError("InvalidTime", f"'{text}' is not a time.") from error

"""Landscape's activities: one by its id, or a list of those that a query selects."""

from collections.abc import Callable
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
        criteria = [_criterion(text) for text in query.split()]
        found = [one for one in self._state.visible() if all(fits(one) for fits in criteria)]
        start = whole_number(request, "offset", 0)
        size = min(whole_number(request, "limit", 1000), self._state.settings.page_size)
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


def _criterion(text: str) -> Callable[[Activity], bool]:
    """Return whether an activity fits a criterion. UNSURE: others exist; none is used here."""
    name, _, value = text.partition(":")
    if name == "parent-id" and value.isdigit():
        return lambda one: one.parent is not None and one.parent.id == int(value)
    if name == "creator" and "@" in value:
        return lambda one: one.creator == value
    if name == "created-after":
        since = _moment(value)
        return lambda one: one.created >= since
    raise LandscapeError("InvalidQuery", f"'{text}' is no criterion.")


def _moment(text: str) -> datetime:
    """Read a time as precise as 2011-01-01T10:30. UNSURE in which zone; UTC, as in answers."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise LandscapeError("InvalidTime", f"'{text}' is not a time.") from error

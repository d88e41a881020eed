"""Graph's mobile apps and their assignments."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.intune.graph import (
    GraphError,
    guarded,
    read_json,
    selected,
    whole_number,
)
from infra.local.standins.intune.models import ASSIGN_BODY, POSTED_ASSIGNMENT
from infra.local.standins.intune.state import App, State

ROOT = "/v1.0/deviceAppManagement/mobileApps"


class Apps:
    """The handlers of the app resource."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes, guarded as Graph guards them."""
        state, one = self._state, ROOT + "/{app_id}"
        listing = guarded(state, self._list, query=("$top", "$select"))
        read = guarded(state, self._read, query=("$select",))
        assignments = guarded(state, self._assignments, query=("$skiptoken",))
        add = guarded(state, self._add, write=True)
        assign = guarded(state, self._assign, write=True)
        return [
            Route(ROOT, listing, methods=["GET"]),
            Route(one, read, methods=["GET"]),
            Route(one + "/assignments", assignments, methods=["GET"]),
            Route(one + "/assignments", add, methods=["POST"]),
            Route(one + "/assign", assign, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        top = whole_number(request, "$top", 1000)
        entities = [_entity(app) for app in self._state.apps.values()][:top]
        return JSONResponse({"value": [selected(request, entity) for entity in entities]})

    async def _read(self, request: Request) -> Response:
        return JSONResponse(selected(request, _entity(self._app(request))))

    async def _assignments(self, request: Request) -> Response:
        """List the visible assignments, in pages where the app's script asks for it.

        UNSURE whether Graph ever pages this list; OData allows it, and a client that overlooks
        `@odata.nextLink` would lose the rest with its next `assign`.
        """
        app = self._app(request)
        start = whole_number(request, "$skiptoken", 0)
        everything = app.visible(self._state.clock.now())
        end = start + (app.spec.page_size or len(everything))
        body: dict[str, Any] = {"value": [item.view() for item in everything[start:end]]}
        if end < len(everything):
            body["@odata.nextLink"] = str(request.url.replace(query=f"$skiptoken={end}"))
        return JSONResponse(body)

    async def _assign(self, request: Request) -> Response:
        app = self._published(request)
        self._state.assign(app, (await read_json(request, ASSIGN_BODY)).assignments)
        return Response(status_code=204)

    async def _add(self, request: Request) -> Response:
        app = self._published(request)
        added = self._state.add_assignment(app, await read_json(request, POSTED_ASSIGNMENT))
        return JSONResponse(added.view(), 201)

    def _app(self, request: Request) -> App:
        app = self._state.apps.get(request.path_params["app_id"].lower())
        if app is None:
            raise GraphError(404, "The app does not exist.")
        return app

    def _published(self, request: Request) -> App:
        """Return the app, if it may be assigned.

        UNSURE with which status Graph refuses an app that is not published; 400 is permanent, as
        it should be.
        """
        app = self._app(request)
        if app.spec.publishing_state != "published":
            raise GraphError(400, f"The app is {app.spec.publishing_state}.")
        return app


def _entity(app: App) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.win32LobApp",
        "id": app.spec.id,
        "displayName": app.spec.display_name,
        "publishingState": app.spec.publishing_state,
    }

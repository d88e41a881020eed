"""What can be read: MDM commands, and computers as far as commands refer to them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.standins.jamf.filters import compiled, moment
from infra.local.standins.jamf.manners import JamfError, guarded, node_of, page_of
from infra.local.standins.jamf.seeds import management_id
from infra.local.standins.jamf.state import State, stamp

MOST_UUIDS = 40
"""UNSURE of v2; v1 documents it."""


class Lists:
    """The handlers of the lists."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes."""
        paged = ("page", "page-size", "filter")
        commands = guarded(self._state, self._commands, query=(*paged, "sort"))
        computers = guarded(self._state, self._computers, query=(*paged, "section"))
        return [
            Route("/api/v2/mdm/commands", commands, methods=["GET"]),
            Route("/api/v1/computers-inventory", computers, methods=["GET"]),
        ]

    async def _commands(self, request: Request) -> Response:
        text = request.query_params.get("filter", "")
        if text.count("uuid==") > MOST_UUIDS:
            raise JamfError(400, f"At most {MOST_UUIDS} uuids", "filter")
        fits = compiled(text, {"uuid": str, "dateSent": moment})
        sort = request.query_params.get("sort", "dateSent:asc")
        if sort not in ("dateSent:asc", "dateSent:desc"):
            raise JamfError(400, "Sorted by dateSent alone, here", "sort")
        found = [
            self._state.view(one)
            for one in self._state.visible(node_of(request))
            # To the millisecond, as it is shown.
            if fits({"uuid": one.uuid, "dateSent": moment(stamp(one.sent))})
        ]
        return page_of(self._state, request, found[::-1] if sort.endswith("desc") else found)

    async def _computers(self, request: Request) -> Response:
        if not self._state.settings.may_read_computers:
            raise JamfError(403, "Insufficient privileges: Read Computers")
        if request.query_params.get("section", "GENERAL") != "GENERAL":
            raise JamfError(400, "No other section is served here", "section")
        fits = compiled(request.query_params.get("filter", ""), {"id": str})
        found = [
            {
                "id": str(one.id),
                "general": {
                    "name": f"STANDIN-{one.id:03}",
                    "managementId": management_id(one.id),
                },
            }
            for one in self._state.computers.values()
            if fits({"id": str(one.id)})
        ]
        return page_of(self._state, request, found)

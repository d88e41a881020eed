"""Puts ServiceNow together: its routes, and the control routes that script it."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.servicenow.instance import error_body, unserved
from infra.local.standins.servicenow.login import login
from infra.local.standins.servicenow.models import NOW, ROWS, TOUCH
from infra.local.standins.servicenow.seeds import SECRET, settings
from infra.local.standins.servicenow.state import FORM, State
from infra.local.standins.servicenow.tables import Tables
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build ServiceNow with its seeded change requests."""
    state = State(clock, effects)
    routes = [
        Route("/oauth_token.do", login(state), methods=["POST"]),
        *Tables(state).routes(),
    ]
    app = application(routes, unserved)
    script = Script(state)
    control = [
        Route("/records", script.put_rows, methods=["POST"]),
        Route("/records", script.list_rows, methods=["GET"]),
        Route("/touch", script.touch, methods=["POST"]),
        Route("/time", script.set_time, methods=["POST"]),
        state.tokens.expiry_route(),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of ServiceNow's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def put_rows(self, request: Request) -> Response:
        """Put change requests there, or change those that exist."""
        for row in parse(ROWS, await request.body()).rows:
            self._state.put(row)
        return JSONResponse({"rows": len(self._state.changes)})

    async def list_rows(self, _: Request) -> Response:
        """Return every change request as it is, readable or not, with its notes."""
        rows = [
            {"fields": one.fields, "hidden": one.hidden, "notes": one.notes}
            for one in self._state.changes.values()
        ]
        return JSONResponse({"rows": rows})

    async def touch(self, request: Request) -> Response:
        """Have a row updated in the middle of the next list."""
        self._state.touched = parse(TOUCH, await request.body()).sys_id
        return Response(status_code=204)

    async def set_time(self, request: Request) -> Response:
        """Set the vendor's time."""
        given = parse(NOW, await request.body()).now
        self._state.wall.set(datetime.strptime(given, FORM).replace(tzinfo=UTC))
        return Response(status_code=204)

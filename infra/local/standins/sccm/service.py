"""Puts Configuration Manager together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.entra import login_route
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.sccm.access import ChallengeError, challenged
from infra.local.standins.sccm.classes import Classes
from infra.local.standins.sccm.models import APP_SPEC
from infra.local.standins.sccm.odata import error_body, unserved
from infra.local.standins.sccm.seeds import REGISTRATION, SECRET, settings
from infra.local.standins.sccm.state import State
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Configuration Manager with its seeded catalog."""
    state = State(clock, effects)
    routes = [
        login_route(REGISTRATION, state.tokens, lambda: state.settings.token_lifetime_seconds),
        *Classes(state).routes(),
    ]
    app = application(routes, unserved)
    app.add_exception_handler(ChallengeError, challenged)
    script = Script(state)
    control = [
        Route("/applications", script.change_app, methods=["POST"]),
        Route("/assignments", script.list_assignments, methods=["GET"]),
        state.tokens.expiry_route(),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of Configuration Manager's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def change_app(self, request: Request) -> Response:
        """Create an application, or change the given fields of one that exists."""
        change = parse(APP_SPEC, await request.body())
        status = 200 if change.model_id in self._state.apps else 201
        return JSONResponse(self._state.change_app(change).spec.model_dump(mode="json"), status)

    async def list_assignments(self, _: Request) -> Response:
        """Return every assignment that was made, visible or not."""
        return JSONResponse({"assignments": [one.entity() for one in self._state.assignments]})

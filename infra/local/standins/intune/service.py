"""Puts Intune together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.entra import login_route
from infra.local.standins.intune.apps import Apps
from infra.local.standins.intune.exports import Exports
from infra.local.standins.intune.graph import error_body, unserved
from infra.local.standins.intune.models import APP_SPEC
from infra.local.standins.intune.seeds import REGISTRATION, SECRET, settings
from infra.local.standins.intune.state import State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Intune with its seeded catalog."""
    state = State(clock, effects)
    routes = [
        login_route(REGISTRATION, state.tokens, lambda: state.settings.token_lifetime_seconds),
        *Apps(state).routes(),
        *Exports(state).routes(),
    ]
    app = application(routes, unserved)
    script = Script(state)
    control = [
        Route("/apps", script.change_app, methods=["POST"]),
        Route("/apps", script.list_apps, methods=["GET"]),
        state.tokens.expiry_route(),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of Intune's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def change_app(self, request: Request) -> Response:
        """Create an app, or change the given fields of one that exists."""
        change = parse(APP_SPEC, await request.body())
        status = 200 if change.id in self._state.apps else 201
        return JSONResponse(self._state.change_app(change).view(), status)

    async def list_apps(self, _: Request) -> Response:
        """Return every app with its true assignments, visible or not."""
        return JSONResponse({"apps": [app.view() for app in self._state.apps.values()]})

"""Puts Landscape together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.landscape.activities import Activities
from infra.local.standins.landscape.installs import Installs
from infra.local.standins.landscape.login import Login
from infra.local.standins.landscape.manners import error_body, unserved
from infra.local.standins.landscape.models import COMPUTER, FOREIGN, PACKAGE
from infra.local.standins.landscape.seeds import SECRET, settings
from infra.local.standins.landscape.state import State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Landscape with its seeded computers."""
    state = State(clock, effects)
    routes = [*Login(state).routes(), *Activities(state).routes(), *Installs(state).routes()]
    app = application(routes, unserved)
    script = Script(state)
    control = [
        Route("/computers", script.change_computer, methods=["POST"]),
        Route("/packages", script.add_package, methods=["POST"]),
        Route("/activities", script.begin, methods=["POST"]),
        Route("/activities", script.list_activities, methods=["GET"]),
        state.tokens.expiry_route(),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of Landscape's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def change_computer(self, request: Request) -> Response:
        """Create a computer, or replace one, for the activities that begin from now on."""
        spec = parse(COMPUTER, await request.body())
        self._state.computers[spec.id] = spec
        return JSONResponse(spec.model_dump(), 201)

    async def add_package(self, request: Request) -> Response:
        """Let the archives have one more package."""
        spec = parse(PACKAGE, await request.body())
        self._state.packages.add(spec.name)
        return JSONResponse(spec.model_dump(), 201)

    async def begin(self, request: Request) -> Response:
        """Begin an activity as somebody does in Landscape's own pages."""
        foreign = parse(FOREIGN, await request.body())
        computers = [self._state.computers[one] for one in foreign.computer_ids]
        activity = self._state.begin(foreign.summary, computers, creator=foreign.creator)
        return JSONResponse(self._state.view(activity), 201)

    async def list_activities(self, _: Request) -> Response:
        """Return every activity, visible or not."""
        activities = self._state.activities.values()
        return JSONResponse({"activities": [self._state.view(one) for one in activities]})

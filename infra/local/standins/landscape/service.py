"""Puts Landscape together: its routes, and the control routes that script it."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.landscape.activities import Activities
from infra.local.standins.landscape.installs import Installs
from infra.local.standins.landscape.login import Login
from infra.local.standins.landscape.manners import error_body, refuse_route
from infra.local.standins.landscape.models import COMPUTER, FOREIGN, PACKAGE, SCRIPT
from infra.local.standins.landscape.seeds import SECRET, settings
from infra.local.standins.landscape.state import State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Landscape with its seeded computers."""
    state = State(clock, effects)
    routes = [*Login(state).routes(), *Activities(state).routes(), *Installs(state).routes()]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse_route})
    # The vendor knows one spelling of each address; a redirect would hide a client's mistake.
    app.router.redirect_slashes = False
    script = Scripting(state)
    control = [
        Route("/computers", script.change_computer, methods=["POST"]),
        Route("/packages", script.add_package, methods=["POST"]),
        Route("/activities", script.begin, methods=["POST"]),
        Route("/activities", script.list_activities, methods=["GET"]),
        Route("/expire-tokens", script.expire_tokens, methods=["POST"]),
        Route("/settings", script.change, methods=["POST"]),
    ]
    return Vendor("landscape", app, control, error_body, state.reset, settings, SECRET)


class Scripting:
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

    async def expire_tokens(self, _: Request) -> Response:
        """Let every token expire."""
        return JSONResponse({"expired": self._state.expire_tokens()})

    async def change(self, request: Request) -> Response:
        """Change what is given of the script, and return all of it."""
        change = parse(SCRIPT, await request.body())
        given = change.model_dump(exclude_unset=True)
        self._state.change(self._state.script.model_copy(update={"now": None, **given}))
        return JSONResponse(self._state.script.model_dump(mode="json"))

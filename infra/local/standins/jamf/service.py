"""Puts Jamf Pro together: its routes, and the control routes that script it."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jamf.lists import Lists
from infra.local.standins.jamf.login import Login
from infra.local.standins.jamf.manners import Front, error_body, refuse_route
from infra.local.standins.jamf.models import COMPUTER, FOREIGN, SCRIPT
from infra.local.standins.jamf.packages import Packages
from infra.local.standins.jamf.seeds import SECRET, settings
from infra.local.standins.jamf.state import NODES, State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Jamf Pro with its seeded computers."""
    state = State(clock, effects)
    routes = [
        Route("/api/v1/health-check", _well, methods=["GET"]),
        *Login(state).routes(),
        *Packages(state).routes(),
        *Lists(state).routes(),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse_route})
    # The vendor knows one spelling of each address; a redirect would hide a client's mistake.
    app.router.redirect_slashes = False
    script = Scripting(state)
    control = [
        Route("/computers", script.change_computer, methods=["POST"]),
        Route("/commands", script.send, methods=["POST"]),
        Route("/commands", script.list_commands, methods=["GET"]),
        Route("/connections", script.connections, methods=["GET"]),
        Route("/expire-tokens", script.expire_tokens, methods=["POST"]),
        Route("/settings", script.change, methods=["POST"]),
    ]
    return Vendor("jamf", Front(state, app), control, error_body, state.reset, settings, SECRET)


async def _well(_: Request) -> Response:
    return Response(status_code=204)


class Scripting:
    """The handlers of Jamf's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def change_computer(self, request: Request) -> Response:
        """Create a computer, or replace one."""
        computer = parse(COMPUTER, await request.body())
        self._state.computers[computer.id] = computer
        return JSONResponse(computer.model_dump(), 201)

    async def send(self, request: Request) -> Response:
        """Send a command as somebody else does, from Jamf's own pages."""
        foreign = parse(FOREIGN, await request.body())
        command = self._state.queue(foreign.device, foreign.command_type, NODES[0])
        return JSONResponse(self._state.view(command), 201)

    async def list_commands(self, _: Request) -> Response:
        """Return every command with its computer's id, listed or not."""
        commands = self._state.commands
        shown = [{"device": one.device, **self._state.view(one)} for one in commands]
        return JSONResponse({"commands": shown})

    async def connections(self, _: Request) -> Response:
        """Return how many requests were under way at once, at most."""
        return JSONResponse({"most": self._state.most_connected})

    async def expire_tokens(self, _: Request) -> Response:
        """Let every token expire."""
        return JSONResponse({"expired": self._state.expire_tokens()})

    async def change(self, request: Request) -> Response:
        """Change what is given of the script, and return all of it."""
        change = parse(SCRIPT, await request.body())
        given = change.model_dump(exclude_unset=True)
        self._state.change(self._state.script.model_copy(update={"now": None, **given}))
        return JSONResponse(self._state.script.model_dump(mode="json"))

"""Puts Jamf Pro together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jamf.lists import Lists
from infra.local.standins.jamf.login import login
from infra.local.standins.jamf.manners import Front, error_body, unserved
from infra.local.standins.jamf.models import COMPUTER, FOREIGN
from infra.local.standins.jamf.packages import Packages
from infra.local.standins.jamf.seeds import SECRET, settings
from infra.local.standins.jamf.state import NODES, State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Jamf Pro with its seeded computers."""
    state = State(clock, effects)
    routes = [
        Route("/api/v1/health-check", _well, methods=["GET"]),
        Route("/api/v1/oauth/token", login(state), methods=["POST"]),
        *Packages(state).routes(),
        *Lists(state).routes(),
    ]
    app = application(routes, unserved)
    script = Script(state)
    control = [
        Route("/computers", script.change_computer, methods=["POST"]),
        Route("/commands", script.send, methods=["POST"]),
        Route("/commands", script.list_commands, methods=["GET"]),
        Route("/connections", script.connections, methods=["GET"]),
        state.tokens.expiry_route(),
        state.settings_route(),
    ]
    return Vendor(state.name, Front(state, app), control, error_body, state.reset, settings, SECRET)


async def _well(_: Request) -> Response:
    return Response(status_code=204)


class Script:
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

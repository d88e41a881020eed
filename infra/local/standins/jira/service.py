"""Puts Jira together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jira.manners import error_body, unserved
from infra.local.standins.jira.models import SEEDS, TOUCH
from infra.local.standins.jira.resources import Resources
from infra.local.standins.jira.seeds import SECRET, settings
from infra.local.standins.jira.state import State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build an empty Jira site."""
    state = State(clock, effects)
    app = application(Resources(state).routes(), unserved)
    script = Script(state)
    control = [
        Route("/issues", script.seed, methods=["POST"]),
        Route("/issues", script.list_issues, methods=["GET"]),
        Route("/touch", script.touch, methods=["POST"]),
        Route("/expire-tokens", script.expire_tokens, methods=["POST"]),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of Jira's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def seed(self, request: Request) -> Response:
        """Put issues there that have stood for a while; return their ids."""
        seeds = parse(SEEDS, await request.body())
        return JSONResponse({"ids": [self._state.seed(one).id for one in seeds.issues]}, 201)

    async def list_issues(self, _: Request) -> Response:
        """Return every issue as it is, indexed or not."""
        return JSONResponse({"issues": self._state.truth()})

    async def touch(self, request: Request) -> Response:
        """Let somebody change an issue now."""
        touch = parse(TOUCH, await request.body())
        if touch.id not in self._state.issues:
            return JSONResponse({"errors": [f"there is no issue {touch.id}"]}, 404)
        return JSONResponse(self._state.touch(touch).truth())

    async def expire_tokens(self, _: Request) -> Response:
        """Let every page token expire."""
        expired = len(self._state.pages)
        self._state.pages.clear()
        return JSONResponse({"expired": expired})

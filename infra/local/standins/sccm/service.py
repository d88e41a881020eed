"""Puts Configuration Manager together: its routes, and the control routes that script it."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.sccm.access import ChallengeError, Login, challenged
from infra.local.standins.sccm.classes import Classes
from infra.local.standins.sccm.models import APP_SPEC, LIMITS
from infra.local.standins.sccm.odata import error_body, refuse_route
from infra.local.standins.sccm.seeds import SECRET, settings
from infra.local.standins.sccm.state import State
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build Configuration Manager with its seeded catalog."""
    state = State(clock, effects)
    routes = [
        Route("/{tenant}/oauth2/v2.0/token", Login(state).token, methods=["POST"]),
        *Classes(state).routes(),
    ]
    handlers: dict[Any, Any] = {HTTPException: refuse_route, ChallengeError: challenged}
    app = Starlette(routes=routes, exception_handlers=handlers)
    # The vendor knows one spelling of each address; a redirect would hide a client's mistake.
    app.router.redirect_slashes = False
    script = Script(state)
    control = [
        Route("/applications", script.change_app, methods=["POST"]),
        Route("/assignments", script.list_assignments, methods=["GET"]),
        Route("/expire-tokens", script.expire_tokens, methods=["POST"]),
        Route("/settings", script.change_limits, methods=["POST"]),
    ]
    return Vendor("sccm", app, control, error_body, state.reset, settings, SECRET)


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

    async def expire_tokens(self, _: Request) -> Response:
        """Let every token expire."""
        count = len(self._state.tokens)
        self._state.tokens.clear()
        return JSONResponse({"expired": count})

    async def change_limits(self, request: Request) -> Response:
        """Change the given limits, and return all of them."""
        change = parse(LIMITS, await request.body())
        given = change.model_dump(exclude_unset=True)
        self._state.limits = self._state.limits.model_copy(update=given)
        return JSONResponse(self._state.limits.model_dump())

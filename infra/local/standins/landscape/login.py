"""Landscape's login by an access key."""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.landscape.manners import LandscapeError, polite, read_json
from infra.local.standins.landscape.models import LOGIN_BODY
from infra.local.standins.landscape.seeds import ACCESS_KEY, ACCOUNT, API_USER, SECRET_KEY
from infra.local.standins.landscape.state import State


class Login:
    """The handler of the login."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the route: the only one that needs no token."""
        handler = polite(self._state, self._by_key)
        return [Route("/api/v2/login/access-key", handler, methods=["POST"])]

    async def _by_key(self, request: Request) -> Response:
        body = await read_json(request, LOGIN_BODY)
        known = body.access_key == ACCESS_KEY
        if not (known and hmac.compare_digest(body.secret_key.encode(), SECRET_KEY.encode())):
            raise LandscapeError("Unauthorised", "The key is not known, or its secret is wrong.")
        return JSONResponse(
            {
                "accounts": [{"default": True, "name": ACCOUNT, "title": "Stand-in"}],
                "current_account": ACCOUNT,
                "email": API_USER,
                "name": "Stand-in",
                "token": self._state.tokens.issue(body.expiry_minutes * 60),
            }
        )

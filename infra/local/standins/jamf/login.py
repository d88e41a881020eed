"""Jamf's token endpoint, for the client credentials grant; its errors have OAuth's shape."""

import hmac
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jamf.seeds import CLIENT_ID, CLIENT_SECRET
from infra.local.standins.jamf.state import State

FIELDS = ("client_id", "client_secret", "grant_type")
FORM = "application/x-www-form-urlencoded"


class Login:
    """The token endpoint."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/api/v1/oauth/token", self._token, methods=["POST"])]

    async def _token(self, request: Request) -> Response:
        wrong = _fault(request, await request.body())
        if wrong is not None:
            # UNSURE whether a wrong secret is a 401 at Jamf; RFC 6749 allows both.
            body = {"error": wrong, "error_description": f"The login was refused: {wrong}."}
            return JSONResponse(body, 400)
        return JSONResponse(
            {
                "access_token": self._state.issue_token(),
                "scope": "api-role:1",
                "token_type": "Bearer",
                "expires_in": self._state.script.token_lifetime_seconds,
            },
            headers={"cache-control": "no-store"},
        )


def _fault(request: Request, raw: bytes) -> str | None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if given != FORM or sorted(name for name, _ in pairs) != sorted(FIELDS):
        return "invalid_request"
    if form["grant_type"] != "client_credentials":
        return "unsupported_grant_type"
    secret_fits = hmac.compare_digest(form["client_secret"].encode(), CLIENT_SECRET.encode())
    return None if form["client_id"] == CLIENT_ID and secret_fits else "invalid_client"

"""The instance's token endpoint, for the client credentials grant alone."""

import hmac
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.servicenow.seeds import CLIENT_ID, CLIENT_SECRET
from infra.local.standins.servicenow.state import State

FIELDS = ("client_id", "client_secret", "grant_type")


class Login:
    """The token endpoint."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def token(self, request: Request) -> Response:
        """Exchange the client's credentials for a token."""
        problem = _problem(request, await request.body())
        if problem:
            error, description, status = problem
            return JSONResponse({"error": error, "error_description": description}, status)
        return JSONResponse(
            {
                "access_token": self._state.issue_token(),
                "scope": "useraccount",
                "token_type": "Bearer",
                "expires_in": self._state.limits.token_lifetime_seconds,
            }
        )


def _problem(request: Request, raw: bytes) -> tuple[str, str, int] | None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        return "invalid_request", "the body must be form data", 400
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if sorted(name for name, _ in pairs) != sorted(FIELDS):
        # UNSURE: the vendor ignores unknown fields; a client that sends them is mistaken.
        return "invalid_request", f"expected {', '.join(FIELDS)}, each once", 400
    if form["grant_type"] != "client_credentials":
        return "unsupported_grant_type", "unsupported grant type", 400
    held = f"{CLIENT_ID}:{CLIENT_SECRET}".encode()
    given = f"{form['client_id']}:{form['client_secret']}".encode()
    if not hmac.compare_digest(given, held):
        return "server_error", "access_denied", 401
    return None

"""The Microsoft login's token endpoint, for the client credentials grant alone.

Errors have OAuth's shape with Microsoft's codes in the text, and 401 for a wrong secret only.
"""

import hmac
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.intune.seeds import CLIENT_ID, CLIENT_SECRET, TENANT
from infra.local.standins.intune.state import State

SCOPE = "https://graph.microsoft.com/.default"
FIELDS = ("client_id", "client_secret", "grant_type", "scope")


class LoginError(Exception):
    """A refusal in OAuth's terms."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class Login:
    """The token endpoint."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def token(self, request: Request) -> Response:
        """Exchange the client's credentials for a token."""
        try:
            _check(request, await request.body())
        except LoginError as error:
            body = {"error": error.error, "error_description": str(error)}
            return JSONResponse(body, error.status)
        lifetime = self._state.limits.token_lifetime_seconds
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": lifetime,
                "ext_expires_in": lifetime,
                "access_token": self._state.issue_token(),
            },
            headers={"cache-control": "no-store"},
        )


def _check(request: Request, raw: bytes) -> None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        raise LoginError("invalid_request", "AADSTS900144: the body must be form data.")
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if sorted(name for name, _ in pairs) != sorted(FIELDS):
        # UNSURE: the vendor ignores unknown fields; a client that sends them is mistaken.
        raise LoginError(
            "invalid_request", f"AADSTS900144: expected {', '.join(FIELDS)}, each once."
        )
    if request.path_params["tenant"] != TENANT:
        raise LoginError("invalid_request", "AADSTS90002: tenant not found.")
    if form["grant_type"] != "client_credentials":
        raise LoginError("unsupported_grant_type", "AADSTS70003: unsupported grant type.")
    if form["scope"] != SCOPE:
        raise LoginError("invalid_scope", f"AADSTS1002012: the scope must be {SCOPE}.")
    if form["client_id"] != CLIENT_ID:
        raise LoginError("unauthorized_client", "AADSTS700016: application not found.")
    if not hmac.compare_digest(form["client_secret"].encode(), CLIENT_SECRET.encode()):
        raise LoginError("invalid_client", "AADSTS7000215: invalid client secret.", 401)

"""Who is let in: a token at one route, Windows' login at the other, and not too often.

The login belongs to a connection and to one request on it. UNSURE: http.sys may keep a connection
logged in for what follows; a client that does not count on it is right either way.
"""

import hmac
import struct
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.sccm import ntlm
from infra.local.standins.sccm.odata import RefusedError
from infra.local.standins.sccm.seeds import CLIENT_ID, CLIENT_SECRET, SCOPE, TENANT
from infra.local.standins.sccm.state import State
from infra.local.standins.wire import TRANSPORT

FIELDS = ("client_id", "client_secret", "grant_type", "scope")
PAGE = "<html><head><title>401 - Unauthorized</title></head></html>"


class ChallengeError(Exception):
    """Windows' own refusal, from below the AdminService: a page, with `offers` to log in."""

    def __init__(self, *offers: str) -> None:
        super().__init__()
        self.offers = offers


def challenged(_: Request, error: Exception) -> Response:
    """Answer with the page and its offers."""
    response = Response(PAGE, 401, media_type="text/html")
    for offer in error.offers if isinstance(error, ChallengeError) else ():
        response.headers.append("www-authenticate", offer)
    return response


def check_load(state: State, request: Request) -> None:
    """Refuse a client's request beyond its limit. UNSURE with which status: 503 is http.sys's."""
    address = request.client.host if request.client else ""
    if state.overloaded_by(address):
        raise RefusedError(503, "Too many requests from this address.")


def check_token(state: State, request: Request) -> None:
    """Refuse a request without a good token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not state.token_good(token):
        raise RefusedError(401, "The token is missing or expired.", {"www-authenticate": "Bearer"})


def check_windows(state: State, request: Request) -> None:
    """Refuse a request whose connection has not just met its challenge."""
    transport = request.scope[TRANSPORT]
    challenge = state.challenges.pop(transport, None)
    token = ntlm.token_of(request.headers.get("authorization", ""))
    if token is None:
        raise ChallengeError("Negotiate", "NTLM")
    if ntlm.begins(token):
        state.challenges[transport] = asked = ntlm.Challenge()
        raise ChallengeError(asked.header)
    try:
        met = challenge is not None and challenge.met_by(token)
    except (struct.error, ValueError):
        met = False
    if not met:
        raise ChallengeError("Negotiate", "NTLM")
    state.effects.count("sccm", "login", "ntlm")


class Login:
    """Entra's token endpoint, for the client credentials grant alone (RFC 6749, section 4.4)."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def token(self, request: Request) -> Response:
        """Exchange the client's credentials for a token."""
        refused = _refusal(request, await request.body())
        if refused is not None:
            error, description, status = refused
            return JSONResponse({"error": error, "error_description": description}, status)
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


def _refusal(request: Request, raw: bytes) -> tuple[str, str, int] | None:
    """Return what is wrong with a login in OAuth's terms, and its status."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if content_type != "application/x-www-form-urlencoded":
        return "invalid_request", "AADSTS900144: the body must be form data.", 400
    if sorted(name for name, _ in pairs) != sorted(FIELDS):
        return "invalid_request", "AADSTS900144: a field is missing, unknown or repeated.", 400
    if request.path_params["tenant"] != TENANT:
        return "invalid_request", "AADSTS90002: tenant not found.", 400
    if form["grant_type"] != "client_credentials":
        return "unsupported_grant_type", "AADSTS70003: unsupported grant type.", 400
    if form["scope"] != SCOPE:
        return "invalid_scope", f"AADSTS1002012: the scope must be {SCOPE}.", 400
    known = form["client_id"] == CLIENT_ID
    if not (known and hmac.compare_digest(form["client_secret"].encode(), CLIENT_SECRET.encode())):
        return "invalid_client", "AADSTS7000215: invalid client secret.", 401
    return None

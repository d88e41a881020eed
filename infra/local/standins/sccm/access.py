"""Who is let in: a token at one route, Windows' login at the other, and not too often.

The login belongs to a connection and to one request on it. UNSURE: http.sys may keep a connection
logged in for what follows; a client that does not count on it is right either way.
"""

import struct

from starlette.requests import Request
from starlette.responses import Response

from infra.local.standins.sccm import ntlm
from infra.local.standins.sccm.odata import RefusedError
from infra.local.standins.sccm.state import State
from infra.local.standins.wire import TRANSPORT

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
    if scheme.lower() != "bearer" or not state.tokens.good(token):
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
    state.count("login", "ntlm")

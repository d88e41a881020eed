"""Token endpoints for the client credentials grant alone (RFC 6749, section 4.4).

What a good login is, and what it is answered, is the vendor's; refusals have OAuth's shape.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.standins.state import Tokens
from infra.local.standins.validation import FORM, InvalidBodyError, media_type, parse_form
from infra.local.standins.vendor import Endpoint

Form = Mapping[str, str]

FIELDS = ("client_id", "client_secret", "grant_type")


class LoginError(Exception):
    """A refusal in OAuth's terms."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def token_endpoint(
    check: Callable[[Request, Form], None],
    answer: Callable[[], Mapping[str, Any]],
    *,
    fields: Collection[str] = FIELDS,
) -> Endpoint:
    """Build an endpoint: `check` raises a LoginError, or there is an `answer` with a token."""

    async def endpoint(request: Request) -> Response:
        try:
            check(request, await _read(request, fields))
        except LoginError as error:
            body = {"error": error.error, "error_description": str(error)}
            return JSONResponse(body, error.status)
        return JSONResponse(answer(), headers={"cache-control": "no-store"})

    return endpoint


def bearer(tokens: Tokens, seconds: Callable[[], int], scope: str) -> Callable[[], dict[str, Any]]:
    """Return what answers with a token that is good for so many `seconds` as there are then."""

    def answer() -> dict[str, Any]:
        lifetime = seconds()
        return {
            "access_token": tokens.issue(lifetime),
            "scope": scope,
            "token_type": "Bearer",
            "expires_in": lifetime,
        }

    return answer


async def _read(request: Request, fields: Collection[str]) -> Form:
    if media_type(request) != FORM:
        raise LoginError("invalid_request", "The body must be form data.")
    try:
        form = parse_form(await request.body())
    except InvalidBodyError as error:
        raise LoginError("invalid_request", str(error)) from error
    if set(form) != set(fields):
        # UNSURE: vendors ignore unknown fields; a client that sends them is mistaken.
        raise LoginError("invalid_request", f"Expected {', '.join(fields)}, each once.")
    if form["grant_type"] != "client_credentials":
        raise LoginError("unsupported_grant_type", "Only client_credentials is supported.")
    return form

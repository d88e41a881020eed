"""Microsoft Entra's token endpoint, where Intune's clients and Configuration Manager's log in.

Errors carry Entra's codes in their text, and have 401 for a wrong secret only.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from infra.local.standins.oauth import FIELDS, Form, LoginError, token_endpoint
from infra.local.standins.state import Tokens


@dataclass(frozen=True)
class Registration:
    """An application that a tenant knows, and what it may ask for."""

    tenant: str
    client_id: str
    client_secret: str
    scope: str


def login_route(registration: Registration, tokens: Tokens, seconds: Callable[[], int]) -> Route:
    """Return the route; each token is good for so many `seconds` as there are then."""

    def check(request: Request, form: Form) -> None:
        _check(registration, request.path_params["tenant"], form)

    def answer() -> Mapping[str, Any]:
        lifetime = seconds()
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": tokens.issue(lifetime),
        }

    endpoint = token_endpoint(check, answer, fields=(*FIELDS, "scope"))
    return Route("/{tenant}/oauth2/v2.0/token", endpoint, methods=["POST"])


def _check(known: Registration, tenant: str, form: Form) -> None:
    if tenant != known.tenant:
        raise LoginError("invalid_request", "AADSTS90002: tenant not found.")
    if form["scope"] != known.scope:
        raise LoginError("invalid_scope", f"AADSTS1002012: the scope must be {known.scope}.")
    if form["client_id"] != known.client_id:
        raise LoginError("unauthorized_client", "AADSTS700016: application not found.")
    if not hmac.compare_digest(form["client_secret"].encode(), known.client_secret.encode()):
        raise LoginError("invalid_client", "AADSTS7000215: invalid client secret.", 401)

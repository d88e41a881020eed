"""The instance's token endpoint, for the client credentials grant alone."""

import hmac

from starlette.requests import Request

from infra.local.standins.oauth import Form, LoginError, bearer, token_endpoint
from infra.local.standins.servicenow.seeds import CLIENT_ID, CLIENT_SECRET
from infra.local.standins.servicenow.state import State
from infra.local.standins.vendor import Endpoint


def login(state: State) -> Endpoint:
    """Build the endpoint."""
    return token_endpoint(
        _check, bearer(state.tokens, lambda: state.settings.token_lifetime_seconds, "useraccount")
    )


def _check(_: Request, form: Form) -> None:
    held = f"{CLIENT_ID}:{CLIENT_SECRET}".encode()
    given = f"{form['client_id']}:{form['client_secret']}".encode()
    if not hmac.compare_digest(given, held):
        raise LoginError("server_error", "access_denied", 401)

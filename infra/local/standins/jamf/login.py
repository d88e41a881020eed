"""Jamf's token endpoint, for the client credentials grant alone."""

import hmac

from starlette.requests import Request

from infra.local.standins.jamf.seeds import CLIENT_ID, CLIENT_SECRET
from infra.local.standins.jamf.state import State
from infra.local.standins.oauth import Form, LoginError, bearer, token_endpoint
from infra.local.standins.vendor import Endpoint


def login(state: State) -> Endpoint:
    """Build the endpoint."""
    return token_endpoint(
        _check, bearer(state.tokens, lambda: state.settings.token_lifetime_seconds, "api-role:1")
    )


def _check(_: Request, form: Form) -> None:
    secret_fits = hmac.compare_digest(form["client_secret"].encode(), CLIENT_SECRET.encode())
    if form["client_id"] != CLIENT_ID or not secret_fits:
        # UNSURE whether a wrong secret is a 401 at Jamf; RFC 6749 allows both.
        raise LoginError("invalid_client", "The client is not known, or its secret is wrong.")

"""Logins as every vendor's token endpoint takes and answers them: RFC 6749, section 4.4."""

from typing import Any, Literal

from tests.contract.connectors.exchanges import FORM, JSON, Body, Call, Closed, Open


class Login(Closed):
    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str


class Token(Open):
    access_token: str
    scope: str
    token_type: Literal["Bearer"]
    expires_in: int


class EntraToken(Closed):
    """Microsoft's, which tells no scope."""

    token_type: Literal["Bearer"]
    expires_in: int
    ext_expires_in: int
    access_token: str


class LoginError(Open):
    error: str
    error_description: str


def token_call(path: str, *refusals: int, login: Any = Login, token: Any = Token) -> Call:
    """Return a login's call."""
    refused = dict.fromkeys(refusals, Body(JSON, LoginError))
    return Call("POST", path, {200: Body(JSON, token), **refused}, Body(FORM, login))


def entra_call(login: Any) -> Call:
    """Return the call of a login at Entra."""
    path = r"/[0-9a-f-]{36}/oauth2/v2\.0/token"
    return token_call(path, 400, 401, login=login, token=EntraToken)

"""Users of the stack's own pool, with the rights that the tests and the local stack need."""

import secrets
from collections.abc import Mapping
from typing import Any

RIGHTS: Mapping[str, str | None] = {"submit": "submit", "operate": "operate", "none": None}
"""Whose token is called what, and the group that they are in."""


def create_user(cognito: Any, pool: str, name: str, group: str | None) -> str:
    """Create a user in at most one group and return the password."""
    # The suffix holds every kind of character that a password policy may ask for.
    password = f"{secrets.token_urlsafe(24)}-aA1"
    who = {"UserPoolId": pool, "Username": name}
    cognito.admin_create_user(**who, TemporaryPassword=password, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**who, Password=password, Permanent=True)
    if group:
        cognito.admin_add_user_to_group(**who, GroupName=group)
    return password


def log_in(cognito: Any, pool: str, client: str, name: str, password: str) -> str:
    """Return a fresh access token."""
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    token: str = answer["AuthenticationResult"]["AccessToken"]
    return token


def enroll(cognito: Any, pool: str, client: str, name: str, group: str | None) -> str:
    """Create a user whose password nobody keeps and return an access token."""
    return log_in(cognito, pool, client, name, create_user(cognito, pool, name, group))

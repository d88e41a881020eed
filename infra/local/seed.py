"""Puts into the fresh account what a person would: users and their rights, settings and secrets."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.aws import Aws
from infra.local.provider import own_provider
from infra.local.standins.server import StandIns

_GROUPS = {"submitter": "submit", "operator": "operate", "bystander": None}
_TOKEN_NAMES = {"submitter": "submit", "operator": "operate", "bystander": "none"}


@dataclass(frozen=True)
class Users:
    """The three users of the pool; their passwords are random and nobody else's business."""

    pool_id: str
    client_id: str
    passwords: Mapping[str, str]

    def tokens(self, aws: Aws) -> dict[str, str]:
        """Log everybody in and return fresh access tokens by right: submit, operate, none."""
        return {
            _TOKEN_NAMES[name]: log_in(aws, self.pool_id, self.client_id, name, password)
            for name, password in self.passwords.items()
        }


def create_users(aws: Aws, outputs: Mapping[str, str]) -> Users:
    """Create the submitter, the operator and the bystander, who may do nothing."""
    pool_id = outputs["UserPoolId"]
    passwords = {name: create_user(aws, pool_id, name, group) for name, group in _GROUPS.items()}
    return Users(pool_id, outputs["UserPoolClientId"], passwords)


def create_user(aws: Aws, pool_id: str, name: str, group: str | None) -> str:
    """Create a user in at most one group and return the password."""
    # The suffix holds every kind of character that a password policy may ask for.
    password = f"{secrets.token_urlsafe(24)}-aA1"
    aws.cognito.admin_create_user(
        UserPoolId=pool_id, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
    )
    aws.cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=name, Password=password, Permanent=True
    )
    if group:
        aws.cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName=group)
    return password


def log_in(aws: Aws, pool_id: str, client_id: str, name: str, password: str) -> str:
    """Return a fresh access token."""
    answer = aws.cognito.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]


def configure_vendors(aws: Aws, outputs: Mapping[str, str], standins: StandIns) -> None:
    """Point every connector at its stand-in, and the AI provider at the user's own if there is one.

    Raises: LocalStackError where that one cannot be used.
    """
    for vendor in standins.vendors:
        _configure(aws, outputs, vendor, standins.settings_of(vendor), standins.secret_of(vendor))
    own = own_provider(os.environ)
    if own is not None:
        _configure(aws, outputs, "ai", own.settings, own.secret)


def _configure(
    aws: Aws,
    outputs: Mapping[str, str],
    service: str,
    settings: Mapping[str, Any],
    secret: Mapping[str, str],
) -> None:
    name = f"{outputs['ConnectorsPath']}/{service}"
    value = json.dumps(settings)
    aws.parameters.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    aws.secrets.put_secret_value(SecretId=name, SecretString=json.dumps(secret))

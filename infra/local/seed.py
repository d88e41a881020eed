"""Puts into the fresh account what a person would: users and their rights, settings and secrets."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.aws import Aws
from infra.local.provider import own_provider
from infra.local.standins.server import StandIns
from infra.users import RIGHTS, create_user, log_in

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
            _TOKEN_NAMES[name]: log_in(aws.cognito, self.pool_id, self.client_id, name, password)
            for name, password in self.passwords.items()
        }


def create_users(aws: Aws, outputs: Mapping[str, str]) -> Users:
    """Create the submitter, the operator and the bystander, who may do nothing."""
    pool_id = outputs["UserPoolId"]
    passwords = {
        name: create_user(aws.cognito, pool_id, name, RIGHTS[right])
        for name, right in _TOKEN_NAMES.items()
    }
    return Users(pool_id, outputs["UserPoolClientId"], passwords)


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

"""Where each service is configured: public settings in Parameter Store, credentials in a secret.

Both are named `{path}/{service}`, so that a function that knows the path knows both.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.constructs.functions import Handler


class Connectors(Construct):
    """One parameter and one secret per service, under `path`; `protect` keeps secrets that go."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        path: str,
        services: Mapping[str, Mapping[str, Any]],
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.path = path
        self._protect = protect
        self.services = ",".join(sorted(services))
        self._parameters: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        for service, settings in sorted(services.items()):
            self._add(service, settings)

    def allow_reading(self, handler: Handler, services: Iterable[str]) -> None:
        """Let a function read the settings and credentials of those `services` that there are."""
        if known := sorted(self._secrets.keys() & set(services)):
            handler.allow("ssm:GetParameter", on=[self._parameters[name] for name in known])
            handler.allow(
                "secretsmanager:GetSecretValue", on=[self._secrets[name] for name in known]
            )

    @property
    def _removal(self) -> RemovalPolicy:
        """What becomes of a secret whose service, or stack, goes.

        CloudFormation deletes secrets at once, without Secrets Manager's time to think again. One
        whose deployment was rolled back holds nothing yet, and its name would stop the next one.
        """
        keep = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        return keep if self._protect else RemovalPolicy.DESTROY

    def _add(self, service: str, settings: Mapping[str, Any]) -> None:
        name = f"{self.path}/{service}"
        parameter = ssm.StringParameter(
            self,
            f"{service.capitalize()}Settings",
            parameter_name=name,
            description=f"Public settings of {service}",
            string_value=json.dumps(settings, sort_keys=True),
            # Twice the room of the standard tier, should it be needed: for a CA bundle.
            tier=ssm.ParameterTier.INTELLIGENT_TIERING,
        )
        # The generated value only makes the secret exist: an operator stores the vendor's own, and
        # until then a connector names the field that it lacks.
        secret = secretsmanager.Secret(
            self,
            f"{service.capitalize()}Credentials",
            secret_name=name,
            description=f"Credentials of {service}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - an empty document holds no secret
                generate_string_key="replace-me",
            ),
            removal_policy=self._removal,
        )
        self._parameters[service] = parameter.parameter_arn
        self._secrets[service] = secret.secret_arn

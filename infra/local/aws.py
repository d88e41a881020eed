"""Clients for the emulated account: its endpoint and made-up credentials, nothing of the user's.

Region, account and keys are fixed, because a real profile, proxy or region that happens to be set
on the machine must neither be used nor break the stack. Every client has short timeouts.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - the emulator takes any

CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 2},
    # An empty mapping: a proxy in the environment is not asked for loopback.
    proxies={},
)


def session(key: str, secret: str, token: str | None = None) -> boto3.Session:
    """Return a session of these keys, to which a profile of the environment means nothing."""
    unset = (None, None, None, None)
    own = botocore.session.Session(session_vars={"profile": unset})
    return boto3.Session(key, secret, token, region_name=REGION, botocore_session=own)


@dataclass(frozen=True)
class Aws:
    """The emulated account behind `endpoint`; each client is made when it is first used."""

    endpoint: str

    @cached_property
    def _session(self) -> boto3.Session:
        return session(ACCESS_KEY, SECRET_KEY)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """Return the client of CloudFormation."""
        return self._session.client("cloudformation", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Return the client of Cognito's user pools."""
        return self._session.client("cognito-idp", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Return the client of DynamoDB."""
        return self._session.client("dynamodb", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def events(self) -> Any:
        """Return the client of EventBridge."""
        return self._session.client("events", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        """Return the client of Lambda."""
        return self._session.client("lambda", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def iam(self) -> Any:
        """Return the client of IAM."""
        return self._session.client("iam", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Return the client of CloudWatch Logs."""
        return self._session.client("logs", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def metrics(self) -> Any:
        """Return the client of CloudWatch, whose metrics and alarms it is."""
        return self._session.client("cloudwatch", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def queues(self) -> Any:
        """Return the client of SQS."""
        return self._session.client("sqs", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        """Return the client of S3."""
        return self._session.client("s3", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Return the client of Secrets Manager."""
        return self._session.client("secretsmanager", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def parameters(self) -> "SSMClient":
        """Return the client of Parameter Store."""
        return self._session.client("ssm", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def topics(self) -> Any:
        """Return the client of SNS."""
        return self._session.client("sns", endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def workflows(self) -> "SFNClient":
        """Return the client of Step Functions."""
        return self._session.client("stepfunctions", endpoint_url=self.endpoint, config=CONFIG)

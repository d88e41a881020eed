"""Settings and secrets, from Parameter Store and Secrets Manager, cached by powertools."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import (
    GetParameterError,
    TransformParameterError,
)
from botocore.exceptions import ClientError

from breakwater.adapters.aws import UNREACHABLE, code_of, is_unavailable
from breakwater.domain.errors import (
    ConfigurationError,
    StorageUnavailableError,
    TransientError,
)

MAX_AGE_SECONDS = 300
"""How long a value is served from memory: a changed setting arrives within this."""

_MISSING = ("ParameterNotFound", "ResourceNotFoundException")


class AwsConfiguration:
    """A service's settings and credentials, both under `{path}/{service}`.

    Raises: ConfigurationError; TransientError while AWS does not answer.
    """

    def __init__(self, *, ssm: Any, secrets: Any, path: str) -> None:
        self._ssm = SSMProvider(boto3_client=ssm)
        self._secrets = SecretsProvider(boto3_client=secrets)
        self._path = path

    def settings(self, service: str) -> Mapping[str, Any]:
        """Return the service's settings."""
        return self._read(self._ssm, service, fresh=False)

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        """Return the service's credentials."""
        return self._read(self._secrets, service, fresh=fresh)

    def _read(self, provider: Any, service: str, *, fresh: bool) -> Mapping[str, Any]:
        try:
            value = provider.get(
                f"{self._path}/{service}",
                max_age=MAX_AGE_SECONDS,
                transform="json",
                force_fetch=fresh,
            )
        except (GetParameterError, TransformParameterError) as error:
            if _may_pass(error.__context__):
                # Not the vendor's fault, so it does not carry the vendor's name.
                raise TransientError(
                    f"the configuration of {service} cannot be read now", may_have_applied=False
                ) from error
            if code := _refusal(error.__context__):
                what = "secret" if provider is self._secrets else "settings"
                raise ConfigurationError(
                    f"AWS refuses to show the {what} of {service}: {code}"
                ) from error
            # The cause is logged, not shown: it may quote what it could not parse.
            raise ConfigurationError(f"{service} is not configured") from error
        if not isinstance(value, dict):
            raise ConfigurationError(f"{service} is not configured: expected a JSON object")
        return value


class AwsSecret:
    """A secret of our own, whole, as bytes. Raises as a store does: it is one more of them."""

    def __init__(self, secrets: Callable[[], Any], name: str) -> None:
        """Bind to a secret; `secrets` makes the client when it is first needed."""
        self._secrets = cache(lambda: SecretsProvider(boto3_client=secrets()))
        self._name = name

    def __call__(self) -> bytes:
        """Return its value, from memory for a while."""
        try:
            value = self._secrets().get(self._name, max_age=MAX_AGE_SECONDS)
        except GetParameterError as error:
            if _may_pass(error.__context__):
                raise StorageUnavailableError("a secret cannot be read now") from error
            if code := _refusal(error.__context__):
                raise ConfigurationError(
                    f"AWS refuses to show a secret of this deployment: {code}"
                ) from error
            raise ConfigurationError("a secret of this deployment is missing") from error
        return str(value).encode()


def _may_pass(cause: BaseException | None) -> bool:
    """Whether AWS did not answer, or asked for less load: powertools hides it behind its own."""
    if isinstance(cause, ClientError):
        return is_unavailable(cause)
    return isinstance(cause, UNREACHABLE)


def _refusal(cause: BaseException | None) -> str | None:
    """Return AWS's word where it knows what is asked for and does not give it: a right is missing.

    It may be the role's, or the key's with which the value is encrypted.
    """
    if isinstance(cause, ClientError) and code_of(cause) not in _MISSING:
        return code_of(cause)
    return None

"""Settings and secrets, from Parameter Store and Secrets Manager, kept for a while.

By botocore alone: powertools' `parameters` would import all of boto3 into each cold start.
"""

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

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
_REFUSED = (ClientError, *UNREACHABLE)
Monotonic = Callable[[], float]


class _Kept:
    """Values by name, each asked for anew once it is too old."""

    def __init__(self, ask: Callable[[str], Any], monotonic: Monotonic) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._values: dict[str, tuple[Any, float]] = {}

    def get(self, name: str, *, fresh: bool = False) -> Any:
        """Return the value; what cannot be read is not kept."""
        now = self._monotonic()
        value, until = self._values.get(name, (None, now))
        if fresh or now >= until:
            value = self._ask(name)
            self._values[name] = value, now + MAX_AGE_SECONDS
        return value


class AwsConfiguration:
    """A service's settings and credentials, both under `{path}/{service}`.

    Raises: ConfigurationError; TransientError while AWS does not answer.
    """

    def __init__(
        self, *, ssm: Any, secrets: Any, path: str, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._ssm = _Kept(
            lambda name: json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"]), monotonic
        )
        self._secrets = _Kept(lambda name: json.loads(_secret(secrets, name)), monotonic)
        self._path = path

    def settings(self, service: str) -> Mapping[str, Any]:
        """Return the service's settings."""
        return self._read(self._ssm, service, fresh=False)

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        """Return the service's credentials."""
        return self._read(self._secrets, service, fresh=fresh)

    def _read(self, kept: _Kept, service: str, *, fresh: bool) -> Mapping[str, Any]:
        try:
            value = kept.get(f"{self._path}/{service}", fresh=fresh)
        except ValueError:
            # Without its cause, which holds what it could not parse.
            raise ConfigurationError(f"{service} is not configured") from None
        except _REFUSED as error:
            if _may_pass(error):
                # Not the vendor's fault, so it does not carry the vendor's name.
                raise TransientError(
                    f"the configuration of {service} cannot be read now", may_have_applied=False
                ) from error
            if code := _refusal(error):
                what = "secret" if kept is self._secrets else "settings"
                raise ConfigurationError(
                    f"AWS refuses to show the {what} of {service}: {code}"
                ) from error
            raise ConfigurationError(f"{service} is not configured") from error
        if not isinstance(value, dict):
            raise ConfigurationError(f"{service} is not configured: expected a JSON object")
        return value


class AwsSecret:
    """A secret of our own, whole, as bytes. Raises as a store does: it is one more of them."""

    def __init__(
        self, secrets: Callable[[], Any], name: str, monotonic: Monotonic = time.monotonic
    ) -> None:
        """Bind to a secret; `secrets` makes the client when it is first needed."""
        client = cache(secrets)
        self._kept = _Kept(lambda name: _secret(client(), name), monotonic)
        self._name = name

    def __call__(self) -> bytes:
        """Return its value, from memory for a while."""
        try:
            value = self._kept.get(self._name)
        except ValueError as error:
            raise ConfigurationError("a secret of this deployment has no text") from error
        except _REFUSED as error:
            if _may_pass(error):
                raise StorageUnavailableError("a secret cannot be read now") from error
            if code := _refusal(error):
                raise ConfigurationError(
                    f"AWS refuses to show a secret of this deployment: {code}"
                ) from error
            raise ConfigurationError("a secret of this deployment is missing") from error
        return str(value).encode()


def _secret(secrets: Any, name: str) -> str:
    """Return a secret's text. Raises ValueError where it is binary."""
    text = secrets.get_secret_value(SecretId=name).get("SecretString")
    if text is None:
        raise ValueError("a secret without text")
    return str(text)


def _may_pass(cause: Exception) -> bool:
    """Whether AWS did not answer, or asked for less load."""
    return not isinstance(cause, ClientError) or is_unavailable(cause)


def _refusal(cause: Exception) -> str | None:
    """Return AWS's word where it knows what is asked for and does not give it: a right is missing.

    It may be the role's, or the key's with which the value is encrypted.
    """
    if isinstance(cause, ClientError) and code_of(cause) not in _MISSING:
        return code_of(cause)
    return None

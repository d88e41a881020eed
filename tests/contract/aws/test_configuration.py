import json
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import botocore.session
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from breakwater.adapters.configuration import MAX_AGE_SECONDS, AwsConfiguration, AwsSecret
from breakwater.domain.errors import (
    ConfigurationError,
    StorageUnavailableError,
    TransientError,
)
from tests.functions.lambdas import REGION

PATH = "/breakwater/connectors"
NAME = f"{PATH}/intune"
SETTINGS = {"graph_url": "https://graph", "download_hosts": ["a", "b"]}


class Bench:
    """The adapter on moto's Parameter Store and Secrets Manager."""

    def __init__(self) -> None:
        session: Any = botocore.session.get_session()
        self.ssm = session.create_client("ssm", region_name=REGION)
        self.secrets = session.create_client("secretsmanager", region_name=REGION)
        self.source = AwsConfiguration(ssm=self.ssm, secrets=self.secrets, path=PATH)

    def put(self, text: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)

    def put_secret(self, text: str) -> None:
        try:
            self.secrets.put_secret_value(SecretId=NAME, SecretString=text)
        except self.secrets.exceptions.ResourceNotFoundException:
            self.secrets.create_secret(Name=NAME, SecretString=text)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with mock_aws():
        yield Bench()


def test__settings__of_a_service__are_read_below_the_path(bench: Bench) -> None:
    bench.put(json.dumps(SETTINGS))

    assert bench.source.settings("intune") == SETTINGS


def test__secret__of_a_service__is_read_below_the_path(bench: Bench) -> None:
    bench.put_secret('{"client_id": "i", "client_secret": "s"}')

    assert bench.source.secret("intune") == {"client_id": "i", "client_secret": "s"}


def test__missing__is_a_configuration_error_naming_the_service(bench: Bench) -> None:
    for read in (bench.source.settings, bench.source.secret):
        with pytest.raises(ConfigurationError, match=r"^intune is not configured$"):
            read("intune")


@pytest.mark.parametrize("text", ["hunter2", "{", "hunter2: {}"])
def test__not_json__is_a_configuration_error_that_does_not_quote_it(
    bench: Bench, text: str
) -> None:
    bench.put_secret(text)

    with pytest.raises(ConfigurationError) as caught:
        bench.source.secret("intune")
    assert text not in str(caught.value)
    assert text not in str(caught.value.__cause__)


@pytest.mark.parametrize("text", ["[]", '"hunter2"', "1", "null"])
def test__not_an_object__is_a_configuration_error(bench: Bench, text: str) -> None:
    bench.put(text)
    bench.put_secret(text)

    for read in (bench.source.settings, bench.source.secret):
        with pytest.raises(ConfigurationError, match="intune") as caught:
            read("intune")
        assert "hunter2" not in str(caught.value)


def test__settings__read_again__come_from_the_cache(bench: Bench) -> None:
    bench.put(json.dumps(SETTINGS))
    bench.source.settings("intune")
    bench.put("{}")

    assert bench.source.settings("intune") == SETTINGS


def test__settings__older_than_they_may_be__are_read_anew(bench: Bench) -> None:
    now = [0.0]
    source = AwsConfiguration(
        ssm=bench.ssm, secrets=bench.secrets, path=PATH, monotonic=lambda: now[0]
    )
    bench.put(json.dumps(SETTINGS))
    source.settings("intune")
    bench.put('{"graph_url": "https://new"}')
    now[0] = MAX_AGE_SECONDS - 0.1
    assert source.settings("intune") == SETTINGS
    now[0] = MAX_AGE_SECONDS
    assert source.settings("intune") == {"graph_url": "https://new"}


def test__secret__rotated__is_seen_when_asked_for_fresh_and_kept(bench: Bench) -> None:
    bench.put_secret('{"client_secret": "old"}')
    bench.source.secret("intune")
    bench.put_secret('{"client_secret": "new"}')

    assert bench.source.secret("intune") == {"client_secret": "old"}
    assert bench.source.secret("intune", fresh=True) == {"client_secret": "new"}
    assert bench.source.secret("intune") == {"client_secret": "new"}


def test__services__do_not_see_each_others_values(bench: Bench) -> None:
    bench.put(json.dumps(SETTINGS))
    bench.source.settings("intune")

    with pytest.raises(ConfigurationError, match="jamf"):
        bench.source.settings("jamf")


def test__fault__is_not_cached(bench: Bench) -> None:
    with pytest.raises(ConfigurationError):
        bench.source.settings("intune")
    bench.put(json.dumps(SETTINGS))

    assert bench.source.settings("intune") == SETTINGS


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, TransientError),
        ("InternalServerError", 500, TransientError),
        ("AccessDeniedException", 400, ConfigurationError),
        ("ParameterNotFound", 400, ConfigurationError),
    ],
)
def test__aws_refuses__only_what_passes_is_transient(
    bench: Bench, code: str, status: int, expected: type[Exception]
) -> None:
    with Stubber(bench.ssm) as stubber:
        stubber.add_client_error("get_parameter", code, http_status_code=status)
        with pytest.raises(expected):
            bench.source.settings("intune")


def test__aws_refuses__says_so_instead_of_not_configured(bench: Bench) -> None:
    with Stubber(bench.ssm) as ssm, Stubber(bench.secrets) as secrets:
        ssm.add_client_error("get_parameter", "AccessDeniedException", "arn of the role")
        # The role may read the secret, but not use the key that it is encrypted with.
        secrets.add_client_error("get_secret_value", "DecryptionFailure", "arn of the key")

        with pytest.raises(ConfigurationError) as of_settings:
            bench.source.settings("intune")
        with pytest.raises(ConfigurationError) as of_secret:
            bench.source.secret("intune")

    refusal = "AWS refuses to show the settings of intune: AccessDeniedException"
    assert str(of_settings.value) == refusal
    assert str(of_secret.value) == "AWS refuses to show the secret of intune: DecryptionFailure"


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [
        ("AccessDeniedException", ConfigurationError, "AWS refuses .*: AccessDeniedException$"),
        ("ResourceNotFoundException", ConfigurationError, "a secret of this deployment is missing"),
        ("ThrottlingException", StorageUnavailableError, "cannot be read now"),
    ],
)
def test__secret_of_our_own__not_to_be_had__says_why(
    bench: Bench, code: str, expected: type[Exception], said: str
) -> None:
    own = AwsSecret(lambda: bench.secrets, "/breakwater/cursors")
    with Stubber(bench.secrets) as stubber:
        stubber.add_client_error("get_secret_value", code, http_status_code=400)
        with pytest.raises(expected, match=said):
            own()


def test__secret__that_is_binary__is_a_configuration_error(bench: Bench) -> None:
    bench.secrets.create_secret(Name=NAME, SecretBinary=b"\x00\xff")
    with pytest.raises(ConfigurationError, match=r"^intune is not configured$"):
        bench.source.secret("intune")
    with pytest.raises(ConfigurationError, match="has no text"):
        AwsSecret(lambda: bench.secrets, NAME)()


def test__secret_of_our_own__is_read_once(bench: Bench) -> None:
    bench.put_secret("a key of 64 chars")
    own = AwsSecret(lambda: bench.secrets, NAME)
    assert own() == b"a key of 64 chars"
    bench.put_secret("another key")
    assert own() == b"a key of 64 chars"


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.ReadTimeoutError(endpoint_url="https://ssm"),
        botocore.exceptions.EndpointConnectionError(endpoint_url="https://ssm"),
    ],
    ids=lambda error: type(error).__name__,
)
def test__aws_does_not_answer__is_transient_and_changed_nothing_at_the_vendor(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(bench.ssm, "get_parameter", fail)

    with pytest.raises(TransientError) as caught:
        bench.source.settings("intune")
    assert caught.value.may_have_applied is False
    assert caught.value.service is None

import json
from collections.abc import Callable

import pytest

from tests.infra.assemblies import Assembly


def test__service__has_settings_and_a_secret_under_one_name(every: Assembly) -> None:
    parameter = every.properties("AWS::SSM::Parameter", "ConnectorsIntune")
    secret = every.properties("AWS::SecretsManager::Secret", "ConnectorsIntune")
    path = every.function("DeploymentSubmit")["Environment"]["Variables"]["CONNECTORS_PATH"]
    assert parameter["Name"] == secret["Name"] == f"{path}/intune"
    assert every.template["Outputs"]["ConnectorsPath"]["Value"] == path


def test__settings__are_public_and_complete(every: Assembly) -> None:
    parameter = every.properties("AWS::SSM::Parameter", "ConnectorsIntune")
    settings = json.loads(parameter["Value"])
    assert settings.keys() == {"graph_url", "login_url", "tenant", "download_hosts"}
    assert settings["download_hosts"] == [".blob.core.windows.net"]


def test__secret__is_generated__and_no_value_is_in_the_template(every: Assembly) -> None:
    secret = every.properties("AWS::SecretsManager::Secret", "ConnectorsIntune")
    assert "SecretString" not in secret
    generated = secret["GenerateSecretString"]
    assert generated["GenerateStringKey"] == "replace-me"
    assert json.loads(generated["SecretStringTemplate"]) == {}


@pytest.mark.parametrize(
    ("stage", "kept"),
    [
        # Where the deployment that made it is rolled back it goes: its name is needed again.
        ("prod", ("RetainExceptOnCreate", "Retain")),
        ("staging", ("Delete", "Delete")),
        ("dev", ("Delete", "Delete")),
        ("local", ("Delete", "Delete")),
    ],
)
def test__secret__whose_service_is_taken_out__is_kept_where_data_are(
    assembly_of: Callable[[str], Assembly], stage: str, kept: tuple[str, str]
) -> None:
    secrets = assembly_of(stage).of_type("AWS::SecretsManager::Secret").items()
    vendors = [secret for name, secret in secrets if name.startswith("Connectors")]
    assert len(vendors) == len(assembly_of(stage).of_type("AWS::SSM::Parameter"))
    for secret in vendors:
        assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == kept


def test__services__that_the_api_accepts_are_those_configured(every: Assembly) -> None:
    services = every.function("Api")["Environment"]["Variables"]["SERVICES"].split(",")
    assert len(services) == len(every.of_type("AWS::SSM::Parameter"))

from collections.abc import Callable
from pathlib import Path

from aws_cdk import App
from aws_cdk.assertions import Template

from infra.stack import BreakwaterStack
from infra.stage import Stage
from tests.infra.assemblies import Assembly


def test__user_pool__accounts_are_made_by_an_administrator(dev: Assembly) -> None:
    pool = dev.properties("AWS::Cognito::UserPool", "IdentityUsers")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [
        {"Name": "admin_only", "Priority": 1}
    ]
    password = pool["Policies"]["PasswordPolicy"]
    assert password["MinimumLength"] >= 12
    assert all(
        password[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")
    )


def test__user_pool__has_the_groups_that_the_api_asks_for(dev: Assembly) -> None:
    groups = dev.of_type("AWS::Cognito::UserPoolGroup").values()
    assert {group["Properties"]["GroupName"] for group in groups} == {"submit", "operate"}


def test__client__has_no_secret_and_short_tokens(dev: Assembly) -> None:
    client = dev.properties("AWS::Cognito::UserPoolClient", "IdentityUsersClient")
    assert client["GenerateSecret"] is False
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    }
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["AccessTokenValidity"] == 60
    assert client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert client["RefreshTokenValidity"] == 1440
    assert client["TokenValidityUnits"]["RefreshToken"] == "minutes"


def test__user_pool__deletion__is_refused_in_production_only(
    assembly_of: Callable[[str], Assembly],
) -> None:
    for stage, protection in (("prod", "ACTIVE"), ("staging", "INACTIVE")):
        [pool] = assembly_of(stage).of_type("AWS::Cognito::UserPool").values()
        assert pool["Properties"]["DeletionProtection"] == protection


def test__own_issuer__replaces_the_user_pool(root: Path, tmp_path: Path) -> None:
    stage = Stage(
        name="own",
        services={"intune": {}},
        jwt_issuer="https://login.example/",
        jwt_audience=("breakwater",),
    )
    app = App(outdir=str(tmp_path))
    template = Template.from_stack(BreakwaterStack(app, "Own", stage=stage, root=root))
    assert template.find_resources("AWS::Cognito::UserPool") == {}
    template.has_resource_properties(
        "AWS::ApiGatewayV2::Authorizer",
        {"JwtConfiguration": {"Issuer": "https://login.example/", "Audience": ["breakwater"]}},
    )

"""Who may call: the issuer and audience that the gateway checks a token against.

A stage names its own OpenID Connect issuer or gets a Cognito user pool. Either way rights are the
groups (or scopes) `submit` and `operate`, and the api function checks them: the gateway only
authenticates.
"""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

GROUPS = {
    "submit": "May submit work and see what is their own",
    "operate": "May also see everything, resolve, retry and override",
}

REFRESH_VALIDITY = Duration.days(1)
"""How long a login makes new tokens: Cognito's own thirty days are long for what can deploy."""


class Identity(Construct):
    """`issuer` and `audience`, and the pool behind them where this stack brings it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        issuer: str | None,
        audience: Sequence[str],
        token_validity: Duration,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.outputs: dict[str, str] = {}
        if issuer is not None:
            self.issuer, self.audience = issuer, list(audience)
            return
        pool = self._pool(protect=protect)
        client = self._client(pool, token_validity=token_validity)
        # Spelled out, because emulators know the pool's id and not its ProviderURL.
        region, suffix = Stack.of(self).region, Stack.of(self).url_suffix
        self.issuer = f"https://cognito-idp.{region}.{suffix}/{pool.user_pool_id}"
        self.audience = [client.user_pool_client_id]
        self.outputs = {
            "UserPoolId": pool.user_pool_id,
            "UserPoolClientId": client.user_pool_client_id,
        }

    def _pool(self, *, protect: bool) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True),
            # Accounts are made, and locked ones reopened, by an administrator.
            account_recovery=cognito.AccountRecovery.NONE,
            password_policy=cognito.PasswordPolicy(
                min_length=14,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(1),
            ),
            deletion_protection=protect,
            removal_policy=RemovalPolicy.RETAIN if protect else RemovalPolicy.DESTROY,
        )
        for name, description in GROUPS.items():
            cognito.CfnUserPoolGroup(
                self,
                f"{name.capitalize()}Group",
                user_pool_id=pool.user_pool_id,
                group_name=name,
                description=description,
            )
        return pool

    def _client(
        self, pool: cognito.UserPool, *, token_validity: Duration
    ) -> cognito.UserPoolClient:
        return pool.add_client(
            "Client",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(admin_user_password=True, user_srp=True),
            access_token_validity=token_validity,
            id_token_validity=token_validity,
            refresh_token_validity=REFRESH_VALIDITY,
            prevent_user_existence_errors=True,
            disable_o_auth=True,
        )

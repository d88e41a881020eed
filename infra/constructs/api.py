"""The HTTPS API: a gateway that authenticates, throttles and logs, in front of one function."""

import json
import re
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.functions import Handler
from infra.constructs.vended import vended_logs
from infra.routes import PUBLIC, SIGNED_IN, WITH_A_SLASH

# Per route: a flood on one leaves the others answering. Where nobody has to sign in, less is let
# through.
RATE_PER_SECOND = 100
BURST = 200
PUBLIC_RATE_PER_SECOND = 20
PUBLIC_BURST = 40

# The path (ids), the query (filters) and the token are left out on purpose.
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "source_ip": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "subject": "$context.authorizer.claims.sub",
    "response_length": "$context.responseLength",
    "response_latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integrationLatency",
    "integration_error": "$context.integrationErrorMessage",
    "authorizer_error": "$context.authorizer.error",
}


class HttpApi(Construct):
    """An HTTP API in front of one function, closed but for its public routes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        handler: Handler,
        issuer: str,
        audience: Sequence[str],
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id_)
        api = apigateway.CfnApi(self, "Api", name=Stack.of(self).stack_name, protocol_type="HTTP")
        self.api_id, self.url = api.ref, api.attr_api_endpoint
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self.api_id,
            name="jwt",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(
                issuer=issuer, audience=list(audience)
            ),
        )
        target = f"integrations/{self._integration(handler.function).ref}"
        for key in (*SIGNED_IN, *WITH_A_SLASH):
            self._route(key, target, authorizer)
        public = [self._route(key, target, None) for key in PUBLIC]
        self._stage(log_retention, public)

    def _integration(self, function: lambda_.Function) -> apigateway.CfnIntegration:
        source = Stack.of(self).format_arn(
            service="execute-api", resource=self.api_id, resource_name="*"
        )
        gateway = iam.ServicePrincipal("apigateway.amazonaws.com")
        function.add_permission("Gateway", principal=gateway, source_arn=source)
        return apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=self.api_id,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
        )

    def _route(
        self, key: str, target: str, authorizer: apigateway.CfnAuthorizer | None
    ) -> apigateway.CfnRoute:
        words = re.findall(r"[A-Za-z]+", key.replace("/api/v1/", "/"))
        return apigateway.CfnRoute(
            self,
            "".join(word.capitalize() for word in words),
            api_id=self.api_id,
            route_key=key,
            target=target,
            authorization_type="JWT" if authorizer else "NONE",
            authorizer_id=authorizer.ref if authorizer else None,
        )

    def _stage(
        self, log_retention: logs.RetentionDays, public: Sequence[apigateway.CfnRoute]
    ) -> None:
        access_logs = vended_logs(self, "AccessLogs", log_retention)
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access_logs.log_group_arn, format=json.dumps(ACCESS_LOG)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=RATE_PER_SECOND,
                throttling_burst_limit=BURST,
                detailed_metrics_enabled=True,
            ),
            # Not the CDK's names: it hands this member over as it is.
            route_settings={
                route.route_key: {
                    "ThrottlingRateLimit": PUBLIC_RATE_PER_SECOND,
                    "ThrottlingBurstLimit": PUBLIC_BURST,
                    "DetailedMetricsEnabled": True,
                }
                for route in public
            },
        )
        for route in public:  # which the stage's settings name
            stage.add_resource_dependency(route)

import json

from tests.infra.assemblies import Assembly

PREFIX = "/api/v1"
ROUTES = {
    f"POST {PREFIX}/deployments": "JWT",
    f"GET {PREFIX}/tasks": "JWT",
    f"GET {PREFIX}/tasks/{{task_id}}/status": "JWT",
    f"POST {PREFIX}/tasks/{{task_id}}/cancel": "JWT",
    f"POST {PREFIX}/tasks/{{task_id}}/retry": "JWT",
    f"POST {PREFIX}/tasks/{{task_id}}/resolve": "JWT",
    f"POST {PREFIX}/task-retries": "JWT",
    f"GET {PREFIX}/task-retries/{{task_id}}": "JWT",
    f"POST {PREFIX}/task-retries/{{task_id}}/cancel": "JWT",
    f"GET {PREFIX}/events": "JWT",
    f"POST {PREFIX}/integrations/{{system}}/sync": "JWT",
    f"GET {PREFIX}/integrations/{{system}}/records": "JWT",
    f"POST {PREFIX}/conversations": "JWT",
    f"GET {PREFIX}/conversations/{{conversation_id}}": "JWT",
    f"POST {PREFIX}/conversations/{{conversation_id}}/messages": "JWT",
    f"POST {PREFIX}/deployment-intents": "JWT",
    f"GET {PREFIX}/deployment-intents/{{intent_id}}": "JWT",
    f"POST {PREFIX}/deployment-intents/{{intent_id}}/risk-score": "JWT",
    f"GET {PREFIX}/breakers": "JWT",
    f"GET {PREFIX}/breakers/{{service}}": "JWT",
    f"PUT {PREFIX}/breakers/{{service}}/override": "JWT",
    f"GET {PREFIX}/health": "NONE",
    f"GET {PREFIX}/openapi.json": "NONE",
    f"GET {PREFIX}/docs": "NONE",
}


def test__routes__closed_but_for_the_public_ones(every: Assembly) -> None:
    routes = [route["Properties"] for route in every.of_type("AWS::ApiGatewayV2::Route").values()]
    assert {route["RouteKey"]: route["AuthorizationType"] for route in routes} == {
        **ROUTES,
        **{f"{method} {PREFIX}/{{proxy+}}": "JWT" for method in ("GET", "POST", "PUT")},
    }
    [authorizer] = every.of_type("AWS::ApiGatewayV2::Authorizer")
    for route in routes:
        assert not route["RouteKey"].endswith("/")  # API Gateway may refuse that
        closed = route["AuthorizationType"] == "JWT"
        assert route.get("AuthorizerId") == ({"Ref": authorizer} if closed else None)


def test__authorizer__trusts_the_pool_and_its_client(dev: Assembly) -> None:
    [pool], [client] = (
        dev.of_type("AWS::Cognito::UserPool"),
        dev.of_type("AWS::Cognito::UserPoolClient"),
    )
    properties = dev.properties("AWS::ApiGatewayV2::Authorizer", "HttpApi")
    assert properties["AuthorizerType"] == "JWT"
    assert properties["IdentitySource"] == ["$request.header.Authorization"]
    assert properties["JwtConfiguration"]["Audience"] == [{"Ref": client}]
    issuer = properties["JwtConfiguration"]["Issuer"]["Fn::Join"][1]
    assert issuer[0] == "https://cognito-idp."
    assert issuer[-1] == {"Ref": pool}


def test__integration__is_one_proxy_that_only_this_api_may_call(dev: Assembly) -> None:
    [api] = dev.of_type("AWS::ApiGatewayV2::Api")
    [integration] = dev.of_type("AWS::ApiGatewayV2::Integration").values()
    assert integration["Properties"]["IntegrationType"] == "AWS_PROXY"
    assert integration["Properties"]["PayloadFormatVersion"] == "2.0"
    permission = dev.properties("AWS::Lambda::Permission", "ApiFunction")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert {"Ref": api} in permission["SourceArn"]["Fn::Join"][1]


def test__stage__throttles_and_logs__without_queries_or_tokens(every: Assembly) -> None:
    stage = every.properties("AWS::ApiGatewayV2::Stage", "HttpApi")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    fields = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"request_id", "route", "status", "integration_error"} <= fields.keys()
    secretive = ("path", "querystring", "header", "authorizer.claims.scope", "token")
    assert not [field for field in fields.values() if any(word in field for word in secretive)]


def test__public_routes__are_throttled_more_strictly__each_by_itself(every: Assembly) -> None:
    stage = every.properties("AWS::ApiGatewayV2::Stage", "HttpApi")
    default, own = stage["DefaultRouteSettings"], stage["RouteSettings"]
    public = {key for key, authorization in ROUTES.items() if authorization == "NONE"}
    assert own.keys() == public
    for settings in own.values():
        assert 0 < settings["ThrottlingRateLimit"] < default["ThrottlingRateLimit"]
        assert 0 < settings["ThrottlingBurstLimit"] < default["ThrottlingBurstLimit"]
        assert settings["DetailedMetricsEnabled"]


def test__stage__comes_after_the_routes_that_its_settings_name(every: Assembly) -> None:
    [stage] = every.of_type("AWS::ApiGatewayV2::Stage").values()
    routes = every.of_type("AWS::ApiGatewayV2::Route")
    named = {routes[name]["Properties"]["RouteKey"] for name in stage["DependsOn"]}
    assert named == stage["Properties"]["RouteSettings"].keys()

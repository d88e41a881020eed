"""What API Gateway's HTTP API sends to a function, payload 2.0."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

SUBMITTER: Mapping[str, Any] = {"sub": "user-1", "cognito:groups": "[submit]"}
OTHER: Mapping[str, Any] = {"sub": "user-2", "cognito:groups": "[submit]"}
OPERATOR: Mapping[str, Any] = {"sub": "operator-1", "cognito:groups": "[operate]"}
DEPLOYMENTS = "/api/v1/deployments"


def http_event(
    method: str,
    path: str,
    *,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    claims: Mapping[str, Any] | None = None,
    is_base64: bool = False,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the event of one request; without `claims`, of a route that nobody signs in to."""
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "api.execute-api.eu-west-1.amazonaws.com",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.1",
            "userAgent": "test",
        },
        "requestId": "request-1",
        "routeKey": f"{method} {path}",
        "stage": "$default",
        "time": "23/Nov/2026:12:00:00 +0000",
        "timeEpoch": 1795435200000,
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": context,
        "isBase64Encoded": is_base64,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None:
        event["body"] = body
    return event


def json_event(
    method: str,
    path: str,
    text: str | None = None,
    *,
    claims: Mapping[str, Any] | None = SUBMITTER,
    **headers: str,
) -> dict[str, Any]:
    """Return a request of JSON, or without a body; names of headers have `_` for `-`."""
    names = headers if text is None else {"content_type": "application/json", **headers}
    given = {name.replace("_", "-"): value for name, value in names.items()}
    return http_event(method, path, body=text, headers=given, claims=claims)


def post_event(
    body: Any, *, claims: Mapping[str, Any] | None = SUBMITTER, **headers: str
) -> dict[str, Any]:
    """Return a POST of a deployment."""
    return json_event("POST", DEPLOYMENTS, json.dumps(body), claims=claims, **headers)


def override_event(
    body: Any = None, *, service: str = "jamf", claims: Mapping[str, Any] | None = OPERATOR
) -> dict[str, Any]:
    """Return a PUT of an override; by default one that forces the circuit open for a minute."""
    force = {"mode": "forced_open", "reason": "on fire", "expires_in_seconds": 60}
    text = json.dumps(force if body is None else body)
    return json_event("PUT", f"/api/v1/breakers/{service}/override", text, claims=claims)

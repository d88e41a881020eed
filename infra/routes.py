"""The routes of the HTTPS API, by name.

They are listed one by one, so that the gateway's metrics and throttles are per route.
"""

SIGNED_IN = (
    "POST /api/v1/deployments",
    "GET /api/v1/tasks",
    "GET /api/v1/tasks/{task_id}/status",
    "POST /api/v1/tasks/{task_id}/cancel",
    "POST /api/v1/tasks/{task_id}/retry",
    "POST /api/v1/tasks/{task_id}/resolve",
    "POST /api/v1/task-retries",
    "GET /api/v1/task-retries/{task_id}",
    "POST /api/v1/task-retries/{task_id}/cancel",
    "GET /api/v1/events",
    "POST /api/v1/integrations/{system}/sync",
    "GET /api/v1/integrations/{system}/records",
    "POST /api/v1/conversations",
    "GET /api/v1/conversations/{conversation_id}",
    "POST /api/v1/conversations/{conversation_id}/messages",
    "POST /api/v1/deployment-intents",
    "GET /api/v1/deployment-intents/{intent_id}",
    "POST /api/v1/deployment-intents/{intent_id}/risk-score",
    "GET /api/v1/breakers",
    "GET /api/v1/breakers/{service}",
    "PUT /api/v1/breakers/{service}/override",
)
WITH_A_SLASH = tuple(f"{method} /api/v1/{{proxy+}}" for method in ("GET", "POST", "PUT"))
"""Where a path ends in a slash, the function finds its way: a route's own key may not end in one
(github.com/storacha/w3infra/pull/166, "invalid route name ending in `/`"). Whoever is signed in
gets the function's 404 here for what does not exist, and everybody else the gateway's 401."""
PUBLIC = ("GET /api/v1/health", "GET /api/v1/openapi.json", "GET /api/v1/docs")

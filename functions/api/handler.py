"""Lambda: the HTTPS API."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request. Shapes: API Gateway's HTTP API payload, version 2.0."""
    return bootstrap.api().handle(event, context)

"""Lambda: the HTTPS API."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.api()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request. Shapes: API Gateway's HTTP API payload, version 2.0."""
    return _entry.handle(event, context)

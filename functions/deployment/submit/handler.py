"""Lambda: the Submit state of the deployment workflow."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.deployment_submit()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the step. Shapes: events/*.json in, a directive for the state machine out."""
    return _entry.handle(event, context)

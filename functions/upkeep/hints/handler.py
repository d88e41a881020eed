"""Lambda: looks at the task of an execution that is said to have died."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look once. Shapes: Step Functions' status change in, what was seen out."""
    return bootstrap.upkeep_hints().handle(event, context)

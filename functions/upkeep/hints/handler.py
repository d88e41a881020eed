"""Lambda: looks at the task of an execution that is said to have died."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.upkeep_hints()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look once. Shapes: Step Functions' status change in, what was seen out."""
    return _entry.handle(event, context)

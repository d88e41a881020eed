"""Lambda: looks after the circuits, each minute."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.upkeep_circuits()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look after them once. Shapes: EventBridge's scheduled event in, each circuit's state out."""
    return _entry.handle(event, context)

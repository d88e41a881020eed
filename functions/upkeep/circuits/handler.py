"""Lambda: looks after the circuits, each minute."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look after them once. Shapes: EventBridge's scheduled event in, each circuit's state out."""
    return bootstrap.upkeep_circuits().handle(event, context)

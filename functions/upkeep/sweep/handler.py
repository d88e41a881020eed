"""Lambda: looks after the circuits, each minute."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep once. Shapes: EventBridge's scheduled event in, each circuit's state out."""
    return bootstrap.upkeep_sweep().handle(event, context)

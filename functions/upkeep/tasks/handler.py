"""Lambda: looks after the tasks that are due, each minute."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep once. Shapes: EventBridge's scheduled event in, how many tasks were what out."""
    return bootstrap.upkeep_tasks().handle(event, context)

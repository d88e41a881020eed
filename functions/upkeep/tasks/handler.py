"""Lambda: looks after the tasks that are due, each minute."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.upkeep_tasks()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep once. Shapes: EventBridge's scheduled event in, how many tasks were what out."""
    return _entry.handle(event, context)

"""Lambda: the Complete state of the chat workflow."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the step. Shapes: events/*.json in, a directive for the state machine out."""
    return bootstrap.chat_complete().handle(event, context)

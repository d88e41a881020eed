"""Lambda: the Withdraw state of the aftercare workflow."""

from typing import Any

from breakwater import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the step. Shapes: events/*.json in, a directive for the state machine out."""
    return bootstrap.aftercare_withdraw().handle(event, context)

"""Lambda: the Withdraw state of the aftercare workflow."""

from typing import Any

from breakwater import bootstrap

_entry = bootstrap.aftercare_withdraw()  # while Lambda initialises, with a whole core


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the step. Shapes: events/*.json in, a directive for the state machine out."""
    return _entry.handle(event, context)

"""functions/settle: the last resort of every workflow."""

from infra.constructs.functions import SETTLE, Handler
from infra.environment import settle_environment
from infra.features.parts import Parts


def settle(parts: Parts) -> Handler:
    """Return the function that ends what a step could not end itself."""
    handler = parts.handler("settle", settle_environment(parts.stage, parts.tables), SETTLE)
    parts.allow_tasks(handler)
    return handler

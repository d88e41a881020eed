"""How requests to the API are answered, for operators.

Measured are those that ask for something to be done, which is what this service promises to take;
what only reads is in the gateway's own metrics, and so is what never reaches this function.
"""

from collections.abc import Mapping
from typing import Any

from breakwater.adapters import metrics

SLOW_SECONDS = 5.0
"""An answer that takes longer is no better than none."""
_FAULT = 500


def answered(event: Mapping[str, Any], status: int, seconds: float) -> None:
    """Measure the answer to a request (API Gateway's HTTP API, payload 2.0)."""
    if event["requestContext"]["http"]["method"] != "POST":
        return
    is_fault = status >= _FAULT or seconds > SLOW_SECONDS
    metrics.publish(
        {
            metrics.ACCEPT_LATENCY: round(seconds * 1000, 1),
            metrics.ACCEPT_FAULTS: int(is_fault),
        },
        metrics.EVERYTHING,
        route=event.get("routeKey"),
        status_code=status,
    )

"""How an activity has ended, computer by computer, in a form that is small enough to be kept."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from breakwater.connectors.landscape import SERVICE
from breakwater.connectors.landscape.api import Activity
from breakwater.domain.errors import PartialFailureError
from breakwater.domain.progress import Done

SUCCEEDED = "succeeded"
ENDS = (SUCCEEDED, "failed", "canceled")
"""The last words on an activity. Any other, known or not, is waited on until the deadline."""

MOST_COMPUTERS = 100
MOST_CHARS = 200
"""How many computers a result lists, those that failed before others, and how much each says."""


def has_ended(activity: Activity) -> bool:
    """Whether nothing more will become of an activity."""
    return activity.get("activity_status") in ENDS


def conclude(activity: Activity, children: Sequence[Activity]) -> Done | None:
    """Return the end of an activity that has ended; None while computers have not reported.

    Raises PartialFailureError unless everything succeeded, even if nothing did: it is the one that
    brings the computers' results along.
    """
    # One that concerns a single computer may have no children.
    parts = children or [one for one in [activity] if one.get("computer_id") is not None]
    succeeded = activity["activity_status"] == SUCCEEDED
    # A success of no computers is one whose computers do not show yet.
    if not all(map(has_ended, parts)) or (succeeded and not parts):
        return None
    parts = sorted(parts, key=lambda one: one["activity_status"] == SUCCEEDED)
    listed = [_computer(one) for one in parts[:MOST_COMPUTERS]]
    result: dict[str, Any] = {
        "activity_id": activity["id"],
        "activity_status": activity["activity_status"],
        "counts": dict(Counter(one["activity_status"] for one in parts)),
        "computers": listed,
        "computers_not_listed": len(parts) - len(listed),
    }
    failed = sum(one["activity_status"] != SUCCEEDED for one in parts)
    if failed:
        raise PartialFailureError(
            f"the installation did not succeed on {failed} of {len(parts)} computers",
            service=SERVICE,
            result=result,
        )
    # UNSURE whether a parent may fail by itself; its own text is all there is to say then.
    if not succeeded:
        result["result_text"] = _bounded(activity.get("result_text"))
        raise PartialFailureError(
            f"the activity {activity['activity_status']}", service=SERVICE, result=result
        )
    return Done(result)


def _computer(activity: Activity) -> dict[str, Any]:
    return {
        "computer_id": _number(activity.get("computer_id")),
        "status": activity["activity_status"],
        "result_code": _number(activity.get("result_code")),
        "result_text": _bounded(activity.get("result_text")),
    }


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _bounded(text: object) -> str | None:
    """Return the end of a text, which is where installers say what went wrong."""
    if not isinstance(text, str):
        return None
    # JSON can spell half of a surrogate pair, which no store can encode.
    return text.strip()[-MOST_CHARS:].encode(errors="replace").decode()

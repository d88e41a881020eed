"""Why somebody does what they do: for the audit trail, so that others can read it there."""

from collections.abc import Mapping
from typing import Any

from breakwater.api.problems import Fault

MAX_REASON_CHARS = 500


def read_reason(body: Mapping[str, Any], faults: list[Fault]) -> str:
    """Read who is told why: one line that looks in every terminal and log like what it says."""
    given = body.get("reason")
    reason = given.strip() if isinstance(given, str) else ""
    if not 0 < len(reason) <= MAX_REASON_CHARS or not reason.isprintable():
        what = "required: " if "reason" not in body else "expected "
        faults.append(Fault("/reason", f"{what}1 to {MAX_REASON_CHARS} printable characters"))
    return reason

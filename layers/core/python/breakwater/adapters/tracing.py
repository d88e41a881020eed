"""Traces, joined from hop to hop: what the next one is told of the one that is under way here.

Lambda traces the invocation itself (active tracing) and hands its X-Ray header to each one in an
environment variable, anew each time. From there the API puts it on the execution that it starts,
Step Functions on the steps that it invokes, and a step on its requests to vendors, as W3C's
`traceparent`, whose parent is the function's own segment. No library, no daemon, nothing at a cold
start; why so is in docs/decisions.md.

Sources: docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader,
www.w3.org/TR/trace-context/#traceparent-header.
"""

import os
import re
from collections.abc import Mapping

VARIABLE = "_X_AMZN_TRACE_ID"

_FORMS = {
    "Root": re.compile(r"1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24}"),
    "Parent": re.compile(r"(?!0{16})[0-9a-f]{16}"),
    "Sampled": re.compile(r"[01?]"),
}
"""What is passed on, in this order: what places the invocation in its trace."""


def trace_header(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return X-Ray's header for what this invocation starts, None where it is not traced."""
    fields = _fields(environment)
    if "Root" not in fields:
        return None
    return ";".join(f"{name}={fields[name]}" for name in _FORMS if name in fields)


def trace_headers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the headers that join a vendor's part of the work to this trace: none, or W3C's."""
    fields = _fields(environment)
    if "Root" not in fields or "Parent" not in fields:
        return {}
    trace_id = fields["Root"].removeprefix("1-").replace("-", "")
    sampled = "01" if fields.get("Sampled") == "1" else "00"
    return {"traceparent": f"00-{trace_id}-{fields['Parent']}-{sampled}"}


def _fields(environment: Mapping[str, str]) -> dict[str, str]:
    """Read `Root=1-…;Parent=…;Sampled=1`, whatever else it says and in whatever order."""
    parts = (part.partition("=") for part in environment.get(VARIABLE, "").split(";"))
    return {
        name: value for name, _, value in parts if name in _FORMS and _FORMS[name].fullmatch(value)
    }

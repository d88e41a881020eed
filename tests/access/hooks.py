"""What schemathesis has to be told: a format of ours, and that a page is text."""

from typing import Any

import schemathesis
from hypothesis import strategies as st

printable = st.text(min_size=1, max_size=100).filter(
    lambda text: text.isprintable() and not text.isspace()
)
schemathesis.openapi.format("printable", printable)


@schemathesis.deserializer("text/html")
def html(_: Any, response: schemathesis.Response) -> str:
    return response.text


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case[Any], __: Any) -> None:
    """Begin lists at their beginning: a cursor that the API has not signed is a fault."""
    if case.query and "cursor" in case.query:
        case.query.pop("cursor")

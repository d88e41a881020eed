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
    """Leave out what no schema can say.

    A cursor that the API has not sealed is a fault. Payloads are strict: 5.0 is no 5 to them.
    """
    if case.query and "cursor" in case.query:
        case.query.pop("cursor")
    case.body = _whole(case.body)


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

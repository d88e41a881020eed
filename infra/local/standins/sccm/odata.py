"""OData's manners: errors, the query options that the contract names, and lists of entities.

UNSURE which further options the provider's classes take; a client that needs none should send none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from http.client import responses
from typing import Any
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

OPTIONS = {"$filter", "$select"}
_TERM = re.compile(r"(\w+) eq ('(?:[^']|'')*'|\d+|true|false)")

Entity = Mapping[str, Any]


class RefusedError(Exception):
    """A refusal in the making; `headers` go with it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def error_body(status: int, message: str | None = None) -> dict[str, Any]:
    """Return the provider's error document for a status."""
    code = responses.get(status, "Unknown error").replace(" ", "")
    return {"error": {"code": code, "message": message or f"{code} at the SMS Provider."}}


def unserved(request: Request, error: HTTPException) -> dict[str, Any]:
    """Return what the provider says of a wrong path or method."""
    return error_body(error.status_code, f"{request.method} {request.url.path} is not served.")


def listed(request: Request, fields: Sequence[str], rows: Sequence[Entity]) -> Response:
    """Answer with those rows, and those of their fields, that the query asks for."""
    options = options_of(request)
    keep = condition(options.get("$filter"), fields)
    names = options["$select"].split(",") if "$select" in options else fields
    for name in names:
        _known(name, fields)
    value = [{name: row[name] for name in names} for row in rows if keep(row)]
    context = f"{str(request.base_url).rstrip('/')}/$metadata"
    return JSONResponse({"@odata.context": context, "value": value})


def options_of(request: Request) -> dict[str, str]:
    """Return the query's options. A `+` is a plus here: OData's own rules know no form encoding."""
    raw = request.scope["query_string"].decode("ascii")
    options: dict[str, str] = {}
    for pair in raw.split("&") if raw else ():
        name, _, value = pair.partition("=")
        name = unquote(name)
        if name not in OPTIONS or name in options:
            raise RefusedError(400, f"The query option '{name}' is not supported, or given twice.")
        options[name] = unquote(value)
    return options


def condition(text: str | None, fields: Sequence[str]) -> Callable[[Entity], bool]:
    """Return what a filter asks of a row: comparisons by `eq`, joined by `and`."""
    if text is None:
        return lambda _: True
    terms: list[tuple[str, Any]] = []
    position = 0
    while True:
        found = _TERM.match(text, position)
        if found is None:
            raise RefusedError(400, f"Syntax error at position {position} in '{text}'.")
        _known(found[1], fields)
        terms.append((found[1], _literal(found[2])))
        position = found.end()
        if position == len(text):
            return lambda row: all(_same(row[name], value) for name, value in terms)
        if not text.startswith(" and ", position):
            raise RefusedError(400, f"Syntax error at position {position} in '{text}'.")
        position += len(" and ")


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return text == "true" if text in {"true", "false"} else int(text)


def _same(value: Any, wanted: Any) -> bool:
    # The provider's own language compares text without regard to case.
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return type(value) is type(wanted) and bool(value == wanted)


def _known(name: str, fields: Sequence[str]) -> None:
    if name not in fields:
        raise RefusedError(400, f"Could not find a property named '{name}'.")

"""The part of RSQL that filters here may use: comparisons, `;` for and, `,` for or.

Source: developer.jamf.com/jamf-pro/docs/filtering-with-rsql.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from infra.local.standins.jamf.manners import JamfError

Value = str | datetime
Field = Callable[[str], Value]
"""Reads a filter's text as a value of the field."""

_COMPARISON = re.compile(r"([\w.]+)(==|=in=|=ge=|=gt=|=le=|=lt=)(\([^()]*\)|[^()]+)")
_ORDERS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": lambda given, asked: given == asked,
    "=ge=": lambda given, asked: given >= asked,  # type: ignore[operator] # of one type
    "=gt=": lambda given, asked: given > asked,  # type: ignore[operator]
    "=le=": lambda given, asked: given <= asked,  # type: ignore[operator]
    "=lt=": lambda given, asked: given < asked,  # type: ignore[operator]
}

Predicate = Callable[[Mapping[str, Value]], bool]


def compiled(text: str, fields: Mapping[str, Field]) -> Predicate:
    """Return what tells whether a row fits a filter. Raises JamfError."""
    alternatives = [
        [_comparison(part, fields) for part in _split(alternative, ";")]
        for alternative in _split(text, ",")
    ]
    return lambda row: any(all(one(row) for one in every) for every in alternatives)


def moment(text: str) -> datetime:
    """Read a time. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time has a zone")
    return found


def _comparison(text: str, fields: Mapping[str, Field]) -> Predicate:
    found = _COMPARISON.fullmatch(text)
    if found is None or found[1] not in fields:
        raise JamfError(400, f"Not understood: '{text}'", "filter")
    name, operator, asked = found.groups()
    read = fields[name]
    # The documentation asks for gt, lt, ge, le with dates, and knows no order of anything else.
    if (read is moment) is (operator in ("==", "=in=")):
        raise JamfError(400, f"Not with {name}: {operator}", "filter")
    try:
        if operator == "=in=":
            wanted = {read(value) for value in asked.strip("()").split(",")}
            return lambda row: row[name] in wanted
        value = read(asked)
    except ValueError as error:
        raise JamfError(400, f"Not a value of {name}: '{asked}'", "filter") from error
    return lambda row: _ORDERS[operator](row[name], value)


def _split(text: str, separator: str) -> list[str]:
    """Split outside of parentheses."""
    return re.split(rf"{separator}(?![^()]*\))", text)

"""A write to a circuit, as data: what must hold, and what changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from breakwater.resilience.circuit import Circuit


class Op(StrEnum):
    """How an attribute is compared."""

    IS = "="
    AT_LEAST = ">="
    AT_MOST = "<="
    BELOW = "<"
    ABOVE = ">"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition on one attribute of the item."""

    attribute: str
    op: Op
    value: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state, to be recorded once: what commits with the write that made it."""

    type: str
    old: str
    new: str
    at: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One atomic write: every one of `checks`, and one of `either` if there are any, must hold."""

    name: str
    before: Circuit
    """The circuit as the caller saw it."""
    checks: tuple[Check, ...]
    either: tuple[Check, ...] = ()
    put: Mapping[str, Any] = field(default_factory=dict)
    """What is set; None removes the attribute."""
    add: Mapping[str, int] = field(default_factory=dict)
    change: Change | None = None

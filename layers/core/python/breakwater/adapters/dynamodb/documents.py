"""What a task's item holds as documents: problem, change record, risk, cancellation, resolution.

Versions stand side by side during a rollout, and the newer one's steps write first: a key that this
version does not know is passed over.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from breakwater.domain.cancellations import AtVendor, Cancellation, Effect
from breakwater.domain.changes import ChangeRecord, ChangeState
from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.risk_levels import AcceptedRisk, Level
from breakwater.domain.tasks import Problem

_MOMENTS = ("at", "give_up_at", "tried_at")
_WORDS: Mapping[str, type[StrEnum]] = {
    "at_vendor": AtVendor,
    "effect": Effect,
    "level": Level,
    "outcome": Verdict,
    "state": ChangeState,
}

Document = TypeVar("Document", Problem, ChangeRecord, AcceptedRisk, Cancellation, Resolution)


def to_json(document: Document | None) -> dict[str, Any] | None:
    """Return a document without what it does not say."""
    if document is None:
        return None
    values = {key: value for key, value in asdict(document).items() if value is not None}
    return values | {name: values[name].isoformat() for name in _MOMENTS if name in values}


def read(model: type[Document], values: Mapping[str, Any] | None) -> Document | None:
    """Return what `to_json` wrote of one."""
    if not values:
        return None
    names = [field.name for field in fields(model) if field.name in values]
    return model(**{name: _value(name, values[name]) for name in names})


def _value(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    return _WORDS[name](value) if name in _WORDS else value

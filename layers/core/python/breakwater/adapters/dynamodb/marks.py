"""What stands beside an ended task's status, as JSON: its cancellation, its resolution."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from breakwater.domain.cancellations import AtVendor, Cancellation, Effect
from breakwater.domain.resolutions import Resolution, Verdict

_MOMENTS = ("at", "give_up_at")


def to_json(mark: Cancellation | Resolution | None) -> dict[str, Any] | None:
    """Return a mark without what it does not say."""
    if mark is None:
        return None
    values = {key: value for key, value in asdict(mark).items() if value is not None}
    return values | {name: values[name].isoformat() for name in _MOMENTS if name in values}


def to_cancellation(values: Mapping[str, Any] | None) -> Cancellation | None:
    """Read what `to_json` wrote of a cancellation."""
    if values is None:
        return None
    return Cancellation(
        **{
            "by": None,
            **_read(values),
            "effect": Effect(values["effect"]),
            "at_vendor": AtVendor(values["at_vendor"]),
        }
    )


def to_resolution(values: Mapping[str, Any] | None) -> Resolution | None:
    """Read what `to_json` wrote of a resolution."""
    if values is None:
        return None
    return Resolution(**{**_read(values), "outcome": Verdict(values["outcome"])})


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **values,
        **{name: datetime.fromisoformat(values[name]) for name in _MOMENTS if name in values},
    }

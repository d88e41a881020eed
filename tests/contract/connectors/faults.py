"""Faults that pass, as `Vendor.fault` takes them."""

from typing import Any

import pytest

PASSING: list[dict[str, Any]] = [
    {"kind": "status", "status": 503, "count": 3},
    {"kind": "status", "status": 429, "retry_after": "60"},
    {"kind": "malformed", "style": "garbage", "count": 3},
    {"kind": "html", "count": 3},
    {"kind": "truncated", "count": 3},
    {"kind": "reset", "count": 3},
]


def every_fault(*more: dict[str, Any]) -> pytest.MarkDecorator:
    """Parametrise a test by each `fault` that passes, a vendor's own ones among them."""
    return pytest.mark.parametrize(
        "fault", [*PASSING, *more], ids=lambda fault: "-".join(map(str, fault.values()))
    )

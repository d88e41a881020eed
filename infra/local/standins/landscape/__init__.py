"""Canonical Landscape: login, activities, snaps, and the legacy API's InstallPackages.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.landscape.seeds import (
    ACCESS_KEY,
    API_USER,
    FAILING_COMPUTER,
    SECRET_KEY,
    SNAP_COMPUTERS,
    WEB_COMPUTERS,
)
from infra.local.standins.landscape.service import build

__all__ = [
    "ACCESS_KEY",
    "API_USER",
    "FAILING_COMPUTER",
    "SECRET_KEY",
    "SNAP_COMPUTERS",
    "WEB_COMPUTERS",
    "build",
]

"""Jamf Pro: login, deploy-package, the list of MDM commands, the computers, the health check.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.jamf.seeds import (
    CLIENT_ID,
    CLIENT_SECRET,
    DEVICES,
    GROUP,
    MIXED_GROUP,
    REFUSED_DEVICE,
)
from infra.local.standins.jamf.service import build

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DEVICES",
    "GROUP",
    "MIXED_GROUP",
    "REFUSED_DEVICE",
    "build",
]

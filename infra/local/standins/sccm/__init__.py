"""Microsoft Configuration Manager: the AdminService's classes for applications, and its two logins.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.sccm.seeds import (
    APPLICATION,
    COLLECTION,
    FLAKY,
    QUOTED,
    RETIRED,
    REVISED,
    ROLLOUT,
    TWINS,
)
from infra.local.standins.sccm.service import build

__all__ = [
    "APPLICATION",
    "COLLECTION",
    "FLAKY",
    "QUOTED",
    "RETIRED",
    "REVISED",
    "ROLLOUT",
    "TWINS",
    "build",
]

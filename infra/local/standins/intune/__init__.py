"""Microsoft Intune: the Microsoft login and the part of Graph v1.0 that deployments use.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.intune.seeds import (
    CLIENT_ID,
    CLIENT_SECRET,
    FLAKY_APP,
    GROUP,
    PUBLISHED_APP,
    ROLLOUT_APP,
    TENANT,
    UNPUBLISHED_APP,
)
from infra.local.standins.intune.service import build

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "FLAKY_APP",
    "GROUP",
    "PUBLISHED_APP",
    "ROLLOUT_APP",
    "TENANT",
    "UNPUBLISHED_APP",
    "build",
]

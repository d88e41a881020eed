"""ServiceNow: the instance's login and the part of its Table API that integrations use.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.servicenow.seeds import (
    BASIC_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    SECRET,
    USERNAME,
)
from infra.local.standins.servicenow.service import build

__all__ = [
    "BASIC_SECRET",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "PASSWORD",
    "SECRET",
    "USERNAME",
    "build",
]

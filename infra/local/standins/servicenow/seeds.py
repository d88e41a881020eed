"""The credentials and change requests that a fresh stand-in has. None exists anywhere else."""

from collections.abc import Mapping
from typing import Any

CLIENT_ID = "5b5b5b5b0000400080000000000000c1"
CLIENT_SECRET = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process
USERNAME = "breakwater.integration"
PASSWORD = "local-stand-in-password"  # noqa: S105 - opens nothing but this process

SECRET = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
BASIC_SECRET = {"username": USERNAME, "password": PASSWORD}

_GROUP = "5b5b5b5b0000400080000000000000a1"

CATALOG: tuple[dict[str, str], ...] = tuple(
    {
        "sys_id": f"5b5b5b5b0000400080000000000001{number:02x}",
        "number": f"CHG00000{number:02}",
        "short_description": f"Stand-in: change {number}",
        "state": "-5",
        "assignment_group": _GROUP,
        "sys_created_on": f"2025-11-{number:02} 08:00:00",
        "sys_updated_on": f"2025-11-{number:02} 09:30:00",
    }
    for number in range(1, 6)
)


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`."""
    return {"instance_url": base_url}

"""The API client, computers and groups of a fresh stand-in. None of them exists elsewhere."""

import uuid
from collections.abc import Mapping
from typing import Any

CLIENT_ID = "5a5a5a5a-0000-4000-8000-000000000101"
CLIENT_SECRET = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process

SECRET = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

GROUP = "1"
DEVICES = (11, 12, 13)
MIXED_GROUP = "2"
"""One of its two computers takes no package."""
EMPTY_GROUP = "3"
REFUSED_DEVICE = 21

COMPUTERS: tuple[dict[str, Any], ...] = (
    *({"id": one, "groups": [GROUP]} for one in DEVICES),
    {"id": 20, "groups": [MIXED_GROUP]},
    {
        "id": REFUSED_DEVICE,
        "groups": [MIXED_GROUP],
        "refusal": "The device is not eligible for package deployment",
    },
)
GROUPS = frozenset({GROUP, MIXED_GROUP, EMPTY_GROUP})


def management_id(device: int) -> str:
    """Return what commands call a computer."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"jamf/computers/{device}"))


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`."""
    return {"jamf_url": base_url}

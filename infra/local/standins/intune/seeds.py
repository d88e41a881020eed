"""The tenant, credentials and apps that a fresh stand-in has. None of them exists anywhere else."""

from typing import Any

TENANT = "5a5a5a5a-0000-4000-8000-000000000001"
CLIENT_ID = "5a5a5a5a-0000-4000-8000-000000000002"
CLIENT_SECRET = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process

GROUP = "5a5a5a5a-0000-4000-8000-0000000000a1"
PUBLISHED_APP = "5a5a5a5a-0000-4000-8000-0000000000b1"
ROLLOUT_APP = "5a5a5a5a-0000-4000-8000-0000000000b2"
UNPUBLISHED_APP = "5a5a5a5a-0000-4000-8000-0000000000b3"
FLAKY_APP = "5a5a5a5a-0000-4000-8000-0000000000b4"
"""Behaves like the published app; a name of its own, for faults to aim at."""

CATALOG: tuple[dict[str, Any], ...] = (
    {"id": PUBLISHED_APP, "displayName": "Stand-in: published"},
    {
        "id": ROLLOUT_APP,
        "displayName": "Stand-in: slow rollout",
        "rollout": [
            ["pendingInstall", "pendingInstall", "pendingInstall"],
            ["installed", "installed", "pendingInstall"],
            ["installed", "installed", "installed"],
        ],
    },
    {
        "id": UNPUBLISHED_APP,
        "displayName": "Stand-in: never published",
        "publishingState": "notPublished",
    },
    {"id": FLAKY_APP, "displayName": "Stand-in: flaky"},
)

"""The tenant, credentials and apps that a fresh stand-in has. None of them exists anywhere else."""

from collections.abc import Mapping
from typing import Any

from infra.local.standins.entra import Registration

TENANT = "5a5a5a5a-0000-4000-8000-000000000001"
CLIENT_ID = "5a5a5a5a-0000-4000-8000-000000000002"
CLIENT_SECRET = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process

REGISTRATION = Registration(
    TENANT, CLIENT_ID, CLIENT_SECRET, scope="https://graph.microsoft.com/.default"
)

SECRET = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

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


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`."""
    return {
        "graph_url": base_url,
        "login_url": base_url,
        "tenant": TENANT,
        "download_hosts": ["127.0.0.1"],
    }

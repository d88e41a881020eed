"""The credentials and applications that a fresh stand-in has. None of them exists anywhere else."""

from collections.abc import Mapping
from typing import Any

from infra.local.standins.entra import Registration
from infra.local.standins.sccm.ntlm import PASSWORD, USER

SITE = {"SiteCode": "PS1", "SiteName": "Stand-in site", "ServerName": "CM01.standin.example"}

TENANT = "5c5c5c5c-0000-4000-8000-000000000001"
CLIENT_ID = "5c5c5c5c-0000-4000-8000-000000000002"
CLIENT_SECRET = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process
SCOPE = "api://5c5c5c5c-0000-4000-8000-000000000003/.default"

REGISTRATION = Registration(TENANT, CLIENT_ID, CLIENT_SECRET, SCOPE)

SECRET = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "user": USER,
    "password": PASSWORD,
}

COLLECTION = "PS100042"
COLLECTIONS = {COLLECTION: "Stand-in: pilots", "PS1000FF": "Stand-in: everybody's"}

APPLICATION = "7-Zip"
QUOTED = "O'Brien & Sons' Editor + Tools 100%"
REVISED = "Revised twice"
TWINS = "Twins"
RETIRED = "Retired"
ROLLOUT = "Slow rollout"
FLAKY = "Flaky"
"""Behaves like APPLICATION; a name of its own, for faults to aim at."""

CATALOG: tuple[dict[str, Any], ...] = (
    {"name": APPLICATION, "model_id": 16777501, "revisions": [16777601]},
    {"name": QUOTED, "model_id": 16777502, "revisions": [16777602]},
    {"name": REVISED, "model_id": 16777503, "revisions": [16777603, 16777613, 16777623]},
    {"name": TWINS, "model_id": 16777504, "revisions": [16777604]},
    {"name": TWINS, "model_id": 16777505, "revisions": [16777605]},
    {"name": RETIRED, "model_id": 16777506, "revisions": [16777606], "expired": True},
    {
        "name": ROLLOUT,
        "model_id": 16777507,
        "revisions": [16777607],
        "rollout": [
            ["unknown", "unknown", "unknown"],
            ["success", "in_progress", "unknown"],
            ["success", "success", "success"],
        ],
    },
    {"name": FLAKY, "model_id": 16777508, "revisions": [16777608]},
)


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`, by Entra."""
    return {
        "provider_url": base_url,
        "login": "entra",
        "login_url": base_url,
        "tenant": TENANT,
        "scope": SCOPE,
    }

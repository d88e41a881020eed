"""The token, templates and what belongs to them in a fresh stand-in. None exists anywhere else."""

from collections.abc import Mapping
from typing import Any

TOKEN = "local-stand-in-token"  # noqa: S105 - opens nothing but this process
SECRET = {"token": TOKEN}

PREFIXES = ("/api/v2", "/api/controller/v2")
"""Where the API is served: up to AAP 2.4 and from 2.5 on."""

ORGANIZATION = 1
INVENTORY, OTHER_INVENTORY = 3, 4
INVENTORIES = frozenset({INVENTORY, OTHER_INVENTORY})
CREDENTIAL, OTHER_CREDENTIAL, VAULT_CREDENTIAL = 5, 6, 7
CREDENTIALS: Mapping[int, str] = {
    CREDENTIAL: "Machine",
    OTHER_CREDENTIAL: "Machine",
    VAULT_CREDENTIAL: "Vault",
}
"""The kind of each credential: a template has one of a kind at most."""

TEMPLATE, SILENT_TEMPLATE, SURVEY_TEMPLATE, FAILING_TEMPLATE = 42, 43, 44, 45

CATALOG: tuple[dict[str, Any], ...] = (
    {"id": TEMPLATE, "name": "Stand-in: asks for everything"},
    {
        "id": SILENT_TEMPLATE,
        "name": "Stand-in: asks for nothing but labels",
        "ask_variables_on_launch": False,
        "ask_limit_on_launch": False,
        "ask_inventory_on_launch": False,
        "ask_credential_on_launch": False,
        "ask_tags_on_launch": False,
    },
    {
        "id": SURVEY_TEMPLATE,
        "name": "Stand-in: asks by a survey",
        "ask_variables_on_launch": False,
        "survey": ["package", "state"],
    },
    {
        "id": FAILING_TEMPLATE,
        "name": "Stand-in: fails",
        "course": ["pending", "running", "failed"],
    },
)


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`."""
    return {"controller_url": base_url, "api_prefix": "/api/v2/", "organization_id": ORGANIZATION}

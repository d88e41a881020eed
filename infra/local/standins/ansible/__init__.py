"""Red Hat Ansible: the part of the Automation Controller's API v2 that deployments use.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.ansible.seeds import (
    CREDENTIAL,
    FAILING_TEMPLATE,
    INVENTORY,
    ORGANIZATION,
    OTHER_CREDENTIAL,
    OTHER_INVENTORY,
    SILENT_TEMPLATE,
    SURVEY_TEMPLATE,
    TEMPLATE,
    TOKEN,
    VAULT_CREDENTIAL,
)
from infra.local.standins.ansible.service import build

__all__ = [
    "CREDENTIAL",
    "FAILING_TEMPLATE",
    "INVENTORY",
    "ORGANIZATION",
    "OTHER_CREDENTIAL",
    "OTHER_INVENTORY",
    "SILENT_TEMPLATE",
    "SURVEY_TEMPLATE",
    "TEMPLATE",
    "TOKEN",
    "VAULT_CREDENTIAL",
    "build",
]

"""Jira Cloud, REST API v3: the search, issues, their properties and their remote links.

Strict where the vendor's contract is known, and stricter than the vendor may be where it is not:
a request that passes here should pass there. Places that no source settles are marked `UNSURE`.
"""

from infra.local.standins.jira.seeds import API_TOKEN, EMAIL, PROJECTS
from infra.local.standins.jira.service import build

__all__ = ["API_TOKEN", "EMAIL", "PROJECTS", "build"]

"""The user and the projects that a fresh stand-in has. None of them exists anywhere else."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

EMAIL = "breakwater@stand-in.example"
API_TOKEN = "local-stand-in-token"  # noqa: S105 - opens nothing but this process

SECRET = {"email": EMAIL, "api_token": API_TOKEN}

PROJECTS = ("OPS", "IT")
ISSUE_TYPES = ("Task", "Bug")
ZONE = timezone(timedelta(hours=1))
"""The user's own: Jira writes every moment in it."""


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the integration's settings for a stand-in at `base_url`."""
    return {
        "site_url": base_url,
        "tasks_url": "https://breakwater.example/api/v1/tasks",
    }

"""The account, the key and the computers of a fresh stand-in. None of them exists elsewhere."""

from collections.abc import Mapping
from typing import Any

ACCOUNT = "standalone"
API_USER = "breakwater@standin.example"
ACCESS_KEY = "LOCALSTANDINACCESS00"
SECRET_KEY = "local-stand-in-secret"  # noqa: S105 - opens nothing but this process

SECRET = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}

WEB_COMPUTERS = (21, 22, 23)
SNAP_COMPUTERS = (31, 32)
FAILING_COMPUTER = 41
"""Takes no package and no snap."""

COMPUTERS: tuple[dict[str, Any], ...] = (
    *({"id": one, "tags": ["web"]} for one in WEB_COMPUTERS),
    *({"id": one, "tags": ["desktop"]} for one in SNAP_COMPUTERS),
    {
        "id": FAILING_COMPUTER,
        "tags": ["broken"],
        "outcome": "failed",
        "result_code": 100,
        "result_text": "E: Could not get lock /var/lib/dpkg/lock-frontend",
    },
)
PACKAGES = frozenset({"nginx", "vim", "git", "haskell-mode", "python-mode", "curl"})


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the connector's settings for a stand-in at `base_url`."""
    return {"landscape_url": base_url, "api_user": API_USER}

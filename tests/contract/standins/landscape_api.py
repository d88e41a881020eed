"""What tests say to Landscape's stand-in, in the words of the vendor and of its control routes."""

from typing import Any

import httpx

from infra.local.standins import landscape
from tests.contract.standins.clients import Control

LOGIN = "/api/v2/login/access-key"
KEY = {"access_key": landscape.ACCESS_KEY, "secret_key": landscape.SECRET_KEY}
ACTIVITIES = "/api/v2/activities"
FORM = {
    "action": "InstallPackages",
    "version": "2011-08-01",
    "query": "tag:web",
    "packages.1": "vim",
}


def log_in(http: httpx.Client, **changes: Any) -> None:
    """Get a token and send it from now on."""
    token = http.post(LOGIN, json={**KEY, **changes}).json()["token"]
    http.headers["authorization"] = f"Bearer {token}"


def script(control: Control, **changes: Any) -> None:
    """Change how Landscape behaves."""
    assert control.http.post("/landscape/settings", json=changes).status_code == 200


def begin(http: httpx.Client, **form: str) -> dict[str, Any]:
    """Install packages; return the activity."""
    answer = http.post("/api/", data={**FORM, **form})
    assert answer.status_code == 200, answer.text
    activity: dict[str, Any] = answer.json()
    return activity


def listed(http: httpx.Client, **params: Any) -> dict[str, Any]:
    """Return a page of activities."""
    answer = http.get(ACTIVITIES, params=params)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page

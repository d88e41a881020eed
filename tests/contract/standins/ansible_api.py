"""The controller, as a well-behaved client uses it."""

from typing import Any

import httpx

from infra.local.standins import ansible
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import client

API = "/api/v2"
TEMPLATES = f"{API}/job_templates"
LAUNCH = f"{TEMPLATES}/{ansible.TEMPLATE}/launch/"


def logged_in(standins: StandIns) -> httpx.Client:
    """Return a client with the token."""
    http = client(standins.url_of("ansible"))
    http.headers["authorization"] = f"Bearer {ansible.TOKEN}"
    return http


def make_label(http: httpx.Client, name: str = "ours") -> int:
    answer = http.post(f"{API}/labels/", json={"name": name, "organization": ansible.ORGANIZATION})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def launched(http: httpx.Client, path: str = LAUNCH, **body: Any) -> dict[str, Any]:
    answer = http.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found

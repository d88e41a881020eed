"""What tests say to Jamf Pro's stand-in, in the words of the vendor and of its control routes."""

from typing import Any

import httpx

from infra.local.standins import jamf
from tests.contract.standins.clients import Control

TOKEN = "/api/v1/oauth/token"
DEPLOY = "/api/v1/deploy-package"
COMMANDS = "/api/v2/mdm/commands"
COMPUTERS = "/api/v1/computers-inventory"
LOGIN = {
    "client_id": jamf.CLIENT_ID,
    "client_secret": jamf.CLIENT_SECRET,
    "grant_type": "client_credentials",
}
MANIFEST = {
    "url": "https://packages.example.com/agent.pkg",
    "hash": "d41d8cd98f00b204e9800998ecf8427e",
    "hashType": "MD5",
    "bundleId": "com.example.agent",
    "bundleVersion": "1",
    "title": "Example Agent",
    "sizeInBytes": 1,
}
EVER = "dateSent=ge=2000-01-01T00:00:00Z"


def log_in(http: httpx.Client) -> None:
    """Get a token and send it from now on."""
    answer = http.post(TOKEN, data=LOGIN)
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


def script(control: Control, **changes: Any) -> None:
    """Change how Jamf behaves."""
    assert control.http.post("/jamf/settings", json=changes).status_code == 200


def deploy(http: httpx.Client, **target: Any) -> httpx.Response:
    """Deploy a package, and be told what was queued."""
    body = {"manifest": MANIFEST, **target}
    return http.post(DEPLOY, params={"verbose": "true"}, json=body)


def uuids(http: httpx.Client, **params: str) -> list[str]:
    """Return the uuids of the commands that are listed."""
    answer = http.get(COMMANDS, params={"filter": EVER, **params})
    assert answer.status_code == 200, answer.text
    return [one["uuid"] for one in answer.json()["results"]]


def refusal(answer: httpx.Response) -> int:
    """Return the status of a refusal, having checked that it has Jamf's shape."""
    body = answer.json()
    assert set(body) == {"httpStatus", "errors"}
    assert set(body["errors"][0]) == {"code", "field", "description", "id"}
    assert body["httpStatus"] == answer.status_code
    return answer.status_code

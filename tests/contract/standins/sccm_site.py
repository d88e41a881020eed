"""What tests say to Configuration Manager, as a well-behaved client does."""

import base64
from typing import Any

import httpx
import spnego

from infra.local.standins import sccm
from infra.local.standins.sccm.ntlm import PASSWORD, USER
from infra.local.standins.sccm.seeds import CLIENT_ID, CLIENT_SECRET, SCOPE, TENANT
from tests.contract.standins.clients import Control

FORM = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "grant_type": "client_credentials",
    "scope": SCOPE,
}
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
TOKEN_ROUTE, WINDOWS_ROUTE = "/AdminService_TokenAuth/wmi", "/AdminService/wmi"
ASSIGNMENTS = f"{TOKEN_ROUTE}/SMS_ApplicationAssignment"
REQUIRED = {
    "ApplicationName": sccm.APPLICATION,
    "AssignmentName": "Test",
    "AssignmentDescription": "",
    "AssignedCIs": [16777601],
    "AssignmentAction": 2,
    "AssignmentType": 2,
    "DesiredConfigType": 1,
    "OfferTypeID": 0,
    "OfferFlags": 0,
    "TargetCollectionID": sccm.COLLECTION,
    "CollectionName": "Stand-in: pilots",
    "StartTime": "2026-01-01T00:00:00Z",
    "EnforcementDeadline": "2026-01-02T00:00:00Z",
    "UseGMTTimes": True,
    "OverrideServiceWindows": False,
    "SuppressReboot": 0,
    "NotifyUser": True,
    "UserUIExperience": True,
    "LogComplianceToWinEvent": False,
    "WoLEnabled": False,
    "DisableMomAlerts": False,
}


def log_in(http: httpx.Client) -> None:
    answer = http.post(TOKEN_PATH, data=FORM)
    assert answer.status_code == 200, answer.text
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


def assignment(**changes: Any) -> dict[str, Any]:
    """Return an assignment as it is to be posted; a change to None takes a field away."""
    whole = {**REQUIRED, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def rows(http: httpx.Client, entities: str, query: str = "") -> list[dict[str, Any]]:
    """Return what a class lists; `query` goes out as it stands here."""
    answer = http.get(f"{TOKEN_ROUTE}/{entities}{query}")
    assert answer.status_code == 200, answer.text
    value: list[dict[str, Any]] = answer.json()["value"]
    return value


def script(control: Control, path: str, **change: Any) -> None:
    assert control.http.post(f"/sccm{path}", json=change).status_code in (200, 201)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and message of a refusal, having checked that it has OData's shape."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    return answer.status_code, error["message"]


class Windows:
    """The two legs of a login by NTLM."""

    def __init__(self, http: httpx.Client, password: str = PASSWORD, user: str = USER) -> None:
        self._http = http
        self._context = spnego.client(user, password, protocol="ntlm")
        self.answer = ""

    def begin(self) -> httpx.Response:
        asked = self.send(self._written(self._context.step()))
        _, _, token = asked.headers["www-authenticate"].partition(" ")
        self.answer = self._written(self._context.step(base64.b64decode(token)))
        return asked

    def send(self, authorization: str | None) -> httpx.Response:
        headers = {} if authorization is None else {"authorization": authorization}
        return self._http.get(f"{WINDOWS_ROUTE}/SMS_Site", headers=headers)

    @staticmethod
    def _written(token: bytes | None) -> str:
        return f"NTLM {base64.b64encode(token or b'').decode()}"

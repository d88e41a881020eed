"""What tests say to the stand-ins, in the words of the vendor and of the control routes."""

import csv
import io
import ssl
import zipfile
from typing import Any

import httpx

from infra.local.standins import intune
from infra.local.standins.server import StandIns

LOGIN = {
    "client_id": intune.CLIENT_ID,
    "client_secret": intune.CLIENT_SECRET,
    "grant_type": "client_credentials",
    "scope": "https://graph.microsoft.com/.default",
}
TOKEN_PATH = f"/{intune.TENANT}/oauth2/v2.0/token"
APPS = "/v1.0/deviceAppManagement/mobileApps"
EXPORTS = "/v1.0/deviceManagement/reports/exportJobs"


def client(base_url: str = "") -> httpx.Client:
    """Return a client that loads no certificates: nothing here speaks TLS, and it takes long."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=base_url, timeout=5, verify=blind, trust_env=False)


def get(url: str) -> httpx.Response:
    """Ask once, without credentials."""
    with client() as http:
        return http.get(url)


def post(url: str, body: object) -> httpx.Response:
    """Post JSON once, without credentials."""
    with client() as http:
        return http.post(url, json=body)


def arm(standins: StandIns, path: str, **fault: Any) -> None:
    """Arm a fault for what is asked of a path: a 503, unless something else is given."""
    whole = {"kind": "status", "status": 503, **fault, "match": {"path": path}}
    answer = post(f"{standins.control_url}/faults", whole)
    assert answer.status_code == 201, answer.text


class Control:
    """The control routes."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def reset(self) -> None:
        assert self.http.post("/reset").status_code == 204

    def arm(self, **fault: Any) -> dict[str, Any]:
        answer = self.http.post("/faults", json=fault)
        assert answer.status_code == 201, answer.text
        armed: dict[str, Any] = answer.json()
        return armed

    def effects(self) -> dict[str, Any]:
        counts: dict[str, Any] = self.http.get("/effects").json()
        return counts

    def assigns(self) -> dict[str, Any]:
        counts: dict[str, Any] = self.effects()["intune"].get("assign", {})
        return counts

    def requests(self) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = self.http.get("/requests").json()["requests"]
        return seen

    def strikes(self) -> list[dict[str, Any]]:
        struck: list[dict[str, Any]] = self.http.get("/strikes").json()["strikes"]
        return struck

    def advance(self, seconds: float) -> None:
        answer = self.http.post("/clock", json={"advance_seconds": seconds})
        assert answer.status_code == 204

    def app(self, app_id: str = intune.PUBLISHED_APP, **change: Any) -> dict[str, Any]:
        answer = self.http.post("/intune/apps", json={"id": app_id, **change})
        assert answer.status_code in (200, 201), answer.text
        app: dict[str, Any] = answer.json()
        return app

    def limits(self, **change: Any) -> None:
        assert self.http.post("/intune/settings", json=change).status_code == 200


class Graph:
    """Graph, as a well-behaved client uses it; `http` is there for the others."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def log_in(self) -> None:
        answer = self.http.post(TOKEN_PATH, data=LOGIN)
        assert answer.status_code == 200, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def app(self, app_id: str = intune.PUBLISHED_APP) -> httpx.Response:
        return self.http.get(f"{APPS}/{app_id}")

    def assign(
        self, *assignments: dict[str, Any], app_id: str = intune.PUBLISHED_APP
    ) -> httpx.Response:
        body = {"mobileAppAssignments": list(assignments)}
        return self.http.post(f"{APPS}/{app_id}/assign", json=body)

    def assignments(self, app_id: str = intune.PUBLISHED_APP) -> list[dict[str, Any]]:
        answer = self.http.get(f"{APPS}/{app_id}/assignments")
        assert answer.status_code == 200, answer.text
        value: list[dict[str, Any]] = answer.json()["value"]
        return value

    def start_export(self, app_id: str = intune.PUBLISHED_APP) -> httpx.Response:
        return self.http.post(EXPORTS, json=export_body(app_id))

    def finished_url(self, app_id: str = intune.PUBLISHED_APP) -> str:
        """Run an export until it is completed, and return the report's address."""
        job_id = self.start_export(app_id).json()["id"]
        for _ in range(10):
            job = self.http.get(f"{EXPORTS}/{job_id}").json()
            if job["status"] == "completed":
                return str(job["url"])
        raise AssertionError(f"the export is still {job['status']}")


def assignment(
    group: str = intune.GROUP, intent: str = "required", **changes: Any
) -> dict[str, Any]:
    """Return an assignment as it is to be posted; a change to None takes a field away."""
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    whole = {
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": intent,
        "target": target,
        "settings": {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def export_body(app_id: str = intune.PUBLISHED_APP) -> dict[str, Any]:
    """Return an export job as it is to be posted."""
    return {
        "reportName": "DeviceInstallStatusByApp",
        "filter": f"(ApplicationId eq '{app_id}')",
        "format": "csv",
    }


def rows(report: bytes) -> list[dict[str, str]]:
    """Return the rows of a downloaded report."""
    with zipfile.ZipFile(io.BytesIO(report)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and message of a refusal, having checked that it has Graph's shape."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert set(error["innerError"]) == {"request-id", "date"}
    return answer.status_code, error["message"]

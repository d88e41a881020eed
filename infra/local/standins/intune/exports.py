"""Graph's export jobs, and the storage that their reports are downloaded from.

The download is not Graph: it is open to whoever has its signed address, and refuses a request
that brings a Graph token along, since a client must send its credentials to Graph alone.
"""

import csv
import hmac
import io
import uuid
import zipfile
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.intune.graph import GraphError, guarded, read_json
from infra.local.standins.intune.models import EXPORT_BODY
from infra.local.standins.intune.state import Job, State

ROOT = "/v1.0/deviceManagement/reports/exportJobs"
COLUMNS = ("DeviceId", "DeviceName", "UserPrincipalName", "AppInstallState", "HexErrorCode")
FAILED_CODE = "0x87D1041C"
"""What Intune reports most often: the app was not detected after its installation."""


class Exports:
    """The handlers of export jobs and downloads."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes; a job has two addresses, as every OData entity."""
        read = guarded(self._state, self._read)
        return [
            Route(ROOT, guarded(self._state, self._create, write=True), methods=["POST"]),
            Route(ROOT + "('{job_id}')", read, methods=["GET"]),
            Route(ROOT + "/{job_id}", read, methods=["GET"]),
            Route("/downloads/{job_id}.zip", self._download, methods=["GET"]),
        ]

    async def _create(self, request: Request) -> Response:
        app = self._state.apps.get((await read_json(request, EXPORT_BODY)).app_id)
        if app is None:
            # UNSURE: Graph may accept it and report nothing. A wrong id should show at once.
            raise GraphError(400, "The filter names no app.")
        job = self._state.start_job(app)
        address = f"{request.url.replace(query='')}('{job.id}')"
        if app.spec.export_created_status == 202:
            # UNSURE whether a 202 has a body: a client that follows Location needs none.
            return Response(status_code=202, headers={"location": address})
        return JSONResponse(_entity(job, None), 201, {"location": address})

    async def _read(self, request: Request) -> Response:
        job = self._state.jobs.get(request.path_params["job_id"])
        if job is None:
            raise GraphError(404, "The export job does not exist.")
        job.reads += 1
        address = f"{request.base_url}intune/downloads/{job.id}.zip?sig={job.signature}"
        return JSONResponse(_entity(job, address if job.status == "completed" else None))

    async def _download(self, request: Request) -> Response:
        """Serve a report as the storage does: errors are XML, and none is in Graph's shape."""
        job = self._state.jobs.get(request.path_params["job_id"])
        if "authorization" in request.headers:
            return _storage_error(400, "InvalidAuthenticationInfo")
        if job is None or job.status != "completed":
            return _storage_error(404, "BlobNotFound")
        if not hmac.compare_digest(request.query_params.get("sig", ""), job.signature):
            return _storage_error(403, "AuthenticationFailed")
        return Response(_zipped(job), media_type="application/octet-stream")


def _entity(job: Job, url: str | None) -> dict[str, Any]:
    return {
        "id": job.id,
        "reportName": "DeviceInstallStatusByApp",
        "filter": f"(ApplicationId eq '{job.app_id}')",
        "format": "csv",
        "status": job.status,
        "url": url,
    }


def _storage_error(status: int, code: str) -> Response:
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Response(xml, status, media_type="application/xml")


def _zipped(job: Job) -> bytes:
    """Return the report: a ZIP that holds one CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, state in enumerate(job.states, start=1):
        device = uuid.uuid5(uuid.NAMESPACE_URL, f"{job.app_id}/{number}")
        error = FAILED_CODE if state in ("failed", "uninstallFailed") else "0x00000000"
        user = f"user{number}@standin.example"
        writer.writerow([device, f"STANDIN-{number:03}", user, state, error])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{job.id}.csv", text.getvalue())
    return buffer.getvalue()

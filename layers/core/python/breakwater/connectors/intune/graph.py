"""Microsoft Graph's calls for Intune apps, one method each.

Source of paths, bodies and statuses: learn.microsoft.com/graph/api/resources/intune-apps-mobileapp
and .../intune-reporting-devicemanagementexportjob.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Unpack
from urllib.parse import urlsplit

from breakwater.connectors.session import Session
from breakwater.connectors.words import plain
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpClient, HttpOptions, HttpResponse, Run

SERVICE = "intune"
SCOPE = "https://graph.microsoft.com/.default"
ACCEPTED, LOCKED = 202, 423
APPS = "deviceAppManagement/mobileApps"
EXPORTS = "deviceManagement/reports/exportJobs"
LONGEST_HOST, LONGEST_ID = 253, 200

Assignment = Mapping[str, Any]


class Graph:
    """Graph v1.0 at one base URL."""

    def __init__(
        self,
        *,
        base_url: str,
        session: Session,
        http: HttpClient,
        download_hosts: Sequence[str],
    ) -> None:
        self._base = f"{base_url.rstrip('/')}/v1.0"
        self._session = session
        self._http = http
        self._download_hosts = tuple(download_hosts)

    def probe(self, run: Run) -> None:
        """Read one app's id, without a second try."""
        self._call(run, "GET", f"{self._base}/{APPS}?$top=1&$select=id", repeatable=False)

    def publishing_state(self, run: Run, app_id: str) -> str:
        """Return notPublished, processing or published."""
        app = self._get(run, f"{APPS}/{app_id}")
        return _text(app, "publishingState")

    def assignments(self, run: Run, app_id: str) -> list[Assignment]:
        """Return every assignment of the app."""
        answer = self._get(run, f"{APPS}/{app_id}/assignments")
        found = _entries(answer)
        while "@odata.nextLink" in answer:
            # Only our own origin gets our token, whatever the link says.
            link = str(answer["@odata.nextLink"])
            if not link.startswith(f"{self._base}/"):
                raise PermanentError("intune linked to a foreign host", service=SERVICE)
            answer = self._call(run, "GET", link).json()
            found += _entries(answer)
        return found

    def assign(self, run: Run, app_id: str, assignments: Sequence[Assignment]) -> None:
        """Replace ALL assignments of the app. Sending the same set twice changes nothing."""
        self._call(
            run,
            "POST",
            f"{self._base}/{APPS}/{app_id}/assign",
            json_body={"mobileAppAssignments": list(assignments)},
        )

    def start_export(self, run: Run, app_id: str) -> str:
        """Order the report on the app's installation and return its id.

        A report changes nothing, so ordering it twice is only a little more work for Graph.
        """
        answer = self._call(
            run,
            "POST",
            f"{self._base}/{EXPORTS}",
            repeatable=True,
            json_body={
                "reportName": "DeviceInstallStatusByApp",
                "filter": f"(ApplicationId eq '{app_id}')",
                "format": "csv",
            },
        )
        if answer.status_code == ACCEPTED and not answer.body:
            return _id_in(answer.headers.get("location", ""))
        return _job_id(_text(answer.json(), "id"))

    def export(self, run: Run, job_id: str) -> Mapping[str, Any]:
        """Return the export job: `status`, and `url` once it is completed."""
        job: Mapping[str, Any] = self._get(run, f"{EXPORTS}/{job_id}")
        _text(job, "status")
        return job

    def download(self, run: Run, job: Mapping[str, Any]) -> bytes:
        """Return a finished report; its link is followed without credentials, to known hosts."""
        url = _text(job, "url")
        scheme, host = _origin(url)
        if scheme not in {"https", _origin(self._base)[0]}:  # http where Graph itself is, locally
            raise PermanentError("intune linked a report that is not at https", service=SERVICE)
        if not any(host == known or _is_below(host, known) for known in self._download_hosts):
            raise PermanentError(
                "intune linked a report on a foreign host: "
                f"{plain(host, LONGEST_HOST) or 'none that can be named'}",
                service=SERVICE,
            )
        return self._http.request(
            "GET",
            url,
            service=SERVICE,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
        ).body

    def _get(self, run: Run, path: str) -> Any:
        return self._call(run, "GET", f"{self._base}/{path}").json()

    def _call(
        self, run: Run, method: str, url: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        # The id is diagnostic only: Graph does not deduplicate by it.
        options["headers"] = {"client-request-id": run.correlation_id}
        options["transient"] = {LOCKED}
        return self._session.request(run, method, url, **options)


def _is_below(host: str, known: str) -> bool:
    return known.startswith(".") and host.endswith(known)


def _origin(url: str) -> tuple[str, str]:
    """Return the scheme and the host of a URL, each empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def _id_in(location: str) -> str:
    """Return the id of the export job at `location`; the rest of it is not to be trusted."""
    found = re.search(r"/exportJobs(?:\('|/)([\w.-]+)(?:'\))?$", location)
    if found is None:
        raise TransientError("intune accepted a report without saying where", service=SERVICE)
    return _job_id(found[1])


def _job_id(text: str) -> str:
    """Return the id of an export job. Raises TransientError: nothing else goes into a path."""
    found = plain(text, LONGEST_ID)
    if found is None or not found.strip("."):
        raise TransientError("intune named a report by what is no id", service=SERVICE)
    return found


def _entries(answer: Any) -> list[Assignment]:
    """Return the list of a page. Raises TransientError: what is no list must not pass for empty."""
    found = _field(answer, "value")
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise TransientError("intune answered with something else than a list", service=SERVICE)
    return list(found)


def _text(answer: Any, name: str) -> str:
    found = _field(answer, name)
    if not isinstance(found, str) or not found:
        raise TransientError(f"intune answered with an empty {name}", service=SERVICE)
    return found


def _field(answer: Any, name: str) -> Any:
    """Return a field that Graph always sends. Raises TransientError: a well service sends it."""
    try:
        return answer[name]
    except (KeyError, TypeError) as error:
        raise TransientError(f"intune answered without {name}", service=SERVICE) from error

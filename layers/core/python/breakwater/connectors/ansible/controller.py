"""The controller's calls, one method each. Every path ends in a slash.

Source of paths, bodies and statuses: docs.ansible.com/automation-controller/latest/html/
controllerapi, and awx/api/views of github.com/ansible/awx.
"""

from collections.abc import Mapping
from typing import Any, Unpack

from breakwater.connectors.ansible import SERVICE
from breakwater.connectors.session import Session
from breakwater.connectors.words import redacted
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpClient, HttpOptions, HttpResponse, Run

BAD_REQUEST, METHOD_NOT_ALLOWED = 400, 405
MOVED = range(300, 400)
"""While it migrates its database, a controller sends everybody elsewhere."""

Document = Mapping[str, Any]


class Controller:
    """The API at one base URL, which ends in the prefix: `/api/v2` or `/api/controller/v2`."""

    def __init__(
        self, *, api_url: str, organization_id: int, session: Session, http: HttpClient
    ) -> None:
        """`organization_id` is whose labels are made."""
        self._api = api_url
        self._organization_id = organization_id
        self._session = session
        self._http = http

    def probe(self, run: Run) -> None:
        """Ask for a sign of life, without our token and without a second try."""
        self._http.request(
            "GET",
            f"{self._api}/ping/",
            service=SERVICE,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
            repeatable=False,
            transient=MOVED,
            check=_document,
        )

    def launch_terms(self, run: Run, template_id: int) -> Document:
        """Return what a template asks for on launch: `ask_*_on_launch`, and `defaults`."""
        terms = _document(self._call(run, "GET", f"job_templates/{template_id}/launch/"))
        if not isinstance(terms.get("ask_variables_on_launch"), bool):
            raise TransientError(f"{SERVICE} answered without launch terms", service=SERVICE)
        return terms

    def ensure_label(self, run: Run, name: str) -> int:
        """Return the id of our label, made now or found.

        Made twice it is still one: a name is unique within an organization. The controller deletes
        it along with the last job that bears it.
        """
        label = {"name": name, "organization": self._organization_id}
        try:
            made = self._call(run, "POST", "labels/", repeatable=True, json_body=label)
        except PermanentError as error:
            # UNSURE under which key "already exists" stands: the labels themselves are asked.
            if error.status_code != BAD_REQUEST:
                raise
            params = {"name": name, "organization": str(self._organization_id)}
            found = _first(self._call(run, "GET", "labels/", params=params))
            if found is None:
                raise
            return _id(found, "id")
        return _id(_document(made), "id")

    def launch(self, run: Run, template_id: int, prompts: Document) -> Document:
        """Launch a template; return `job`, the new job's id, and `ignored_fields`."""
        path = f"job_templates/{template_id}/launch/"
        launched = _document(self._call(run, "POST", path, json_body=prompts))
        _id(launched, "job")
        return launched

    def job(self, run: Run, job_id: int) -> Document:
        """Return a job: `status`, `failed`, `elapsed`, `job_explanation`."""
        answer = self._call(run, "GET", f"jobs/{job_id}/")
        job = _document(answer)
        if not isinstance(job.get("status"), str):
            raise TransientError(f"{SERVICE} answered without a job's status", service=SERVICE)
        return redacted(job, "job_explanation", answer)

    def first_job_with(self, run: Run, label: str) -> Document | None:
        """Return the oldest job with a label; younger ones are somebody's relaunches of it."""
        params = {"labels__name": label, "order_by": "id", "page_size": "1"}
        job = _first(self._call(run, "GET", "jobs/", params=params))
        if job is not None:
            _id(job, "id")
        return job

    def cancel(self, run: Run, job_id: int) -> bool:
        """Ask for a job to be canceled; False where it has ended. Twice is as good as once."""
        try:
            self._call(run, "POST", f"jobs/{job_id}/cancel/", repeatable=True)
        except PermanentError as error:
            if error.status_code != METHOD_NOT_ALLOWED:
                raise
            return False
        return True

    def url_of(self, job_id: int) -> str:
        """Return a job's address. The one in its answer is not needed, and not trusted."""
        return f"{self._api}/jobs/{job_id}/"

    def _call(
        self, run: Run, method: str, path: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        options["transient"] = MOVED
        return self._session.request(run, method, f"{self._api}/{path}", **options)


def _document(answer: HttpResponse) -> Document:
    """Return a JSON object. Raises TransientError: a controller that is well sends one."""
    found = answer.json()
    if not isinstance(found, Mapping):
        raise _strange("with something else than an object")
    return found


def _first(answer: HttpResponse) -> Document | None:
    """Return the first of a list; None where it is empty, and not where it is none."""
    results = _document(answer).get("results")
    if not isinstance(results, list) or not all(isinstance(one, Mapping) for one in results):
        raise _strange("with something else than a list")
    return results[0] if results else None


def _id(document: Document, name: str) -> int:
    found = document.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _strange(f"without {name}")
    return found


def _strange(what: str) -> TransientError:
    return TransientError(f"{SERVICE} answered {what}", service=SERVICE)

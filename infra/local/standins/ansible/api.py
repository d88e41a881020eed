"""The controller's resources: labels, job templates, jobs, and its sign of life."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ansible.launches import launch, terms
from infra.local.standins.ansible.manners import ControllerError, guarded, read_json
from infra.local.standins.ansible.models import LABEL_BODY, LAUNCH_BODY, TemplateSpec
from infra.local.standins.ansible.seeds import CREDENTIALS, ORGANIZATION
from infra.local.standins.ansible.state import Job, Label, State


class Api:
    """The handlers."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below a prefix, guarded as the controller guards them."""
        state, template = self._state, f"{prefix}/job_templates/{{pk:int}}/launch/"
        labels = guarded(state, self._list_labels, query=("name", "organization"))
        jobs = guarded(state, self._list_jobs, query=("labels__name", "order_by", "page_size"))
        job = f"{prefix}/jobs/{{pk:int}}/"
        ping = guarded(state, self._ping, public=True)
        return [
            Route(f"{prefix}/ping/", ping, methods=["GET"]),
            Route(f"{prefix}/labels/", guarded(state, self._make_label), methods=["POST"]),
            Route(f"{prefix}/labels/", labels, methods=["GET"]),
            Route(template, guarded(state, self._terms), methods=["GET"]),
            Route(template, guarded(state, self._launch), methods=["POST"]),
            Route(f"{prefix}/jobs/", jobs, methods=["GET"]),
            Route(job, guarded(state, self._read_job), methods=["GET"]),
            Route(f"{job}cancel/", guarded(state, self._cancel), methods=["POST"]),
        ]

    async def _ping(self, _: Request) -> Response:
        return JSONResponse({"ha": False, "version": "4.6.0", "active_node": "stand-in"})

    async def _make_label(self, request: Request) -> Response:
        body = await read_json(request, LABEL_BODY)
        if body.organization != ORGANIZATION:
            text = f'Invalid pk "{body.organization}" - object does not exist.'
            raise ControllerError(400, {"organization": [text]})
        if self._state.find_labels(body.name, body.organization):
            # UNSURE under which key: it has been `__all__` and `non_field_errors`.
            text = "Label with this Name and Organization already exists."
            raise ControllerError(400, {"__all__": [text]})
        return JSONResponse(_label(self._state.make_label(body.name, body.organization)), 201)

    async def _list_labels(self, request: Request) -> Response:
        organization = _whole(request, "organization")
        found = self._state.find_labels(request.query_params.get("name"), organization)
        return JSONResponse(_page([_label(one) for one in found], len(found)))

    async def _terms(self, request: Request) -> Response:
        return JSONResponse(terms(self._template(request)))

    async def _launch(self, request: Request) -> Response:
        template = self._template(request)
        job, ignored = launch(self._state, template, await read_json(request, LAUNCH_BODY))
        kind = "workflow_job" if template.slices > 1 else "job"
        body = {kind: job.id, "ignored_fields": ignored, **_job(request, job)}
        return JSONResponse(body, 201, {"location": body["url"]})

    async def _list_jobs(self, request: Request) -> Response:
        """List jobs by their label; UNSURE whether one ever shows late: the template's script."""
        label = request.query_params.get("labels__name")
        if label is None or request.query_params.get("order_by", "id") != "id":
            raise ControllerError(400, {"detail": "Only a label's jobs are listed here, by id."})
        found = self._state.visible_jobs(label)
        size = _whole(request, "page_size") or 25
        return JSONResponse(_page([_job(request, one) for one in found[:size]], len(found)))

    async def _read_job(self, request: Request) -> Response:
        job = self._job(request)
        job.reads += 1
        return JSONResponse(_job(request, job))

    async def _cancel(self, request: Request) -> Response:
        if not self._state.cancel(self._job(request)):
            raise ControllerError(405)
        return Response(status_code=202)

    def _template(self, request: Request) -> TemplateSpec:
        template = self._state.templates.get(request.path_params["pk"])
        if template is None:
            raise ControllerError(404)
        if not template.permitted:
            raise ControllerError(403)
        return template

    def _job(self, request: Request) -> Job:
        job = self._state.jobs.get(request.path_params["pk"])
        if job is None:
            raise ControllerError(404)
        return job


def _label(label: Label) -> dict[str, Any]:
    shown = {"id": label.id, "type": "label", "name": label.name}
    return {**shown, "organization": label.organization}


def _job(request: Request, job: Job) -> dict[str, Any]:
    """Return a job as it is listed, read and answered to a launch."""
    prefix, _, _ = request.url.path.partition("/v2/")
    path = prefix.removeprefix(request.scope.get("root_path", ""))
    credentials = job.launched_with["credentials"]
    return {
        "id": job.id,
        "type": "job",
        "url": f"{path}/v2/jobs/{job.id}/",
        "summary_fields": {
            "labels": {
                "count": len(job.labels),
                "results": [{"id": one.id, "name": one.name} for one in job.labels],
            },
            "credentials": [{"id": one, "name": CREDENTIALS[one]} for one in credentials],
        },
        "created": job.created.isoformat(),
        "job_template": job.template,
        "launch_type": job.launch_type,
        "status": job.status,
        "failed": job.status in {"failed", "error", "canceled"},
        "elapsed": float(job.reads),
        "job_explanation": job.explanation,
        "limit": job.launched_with["limit"],
        "inventory": job.launched_with["inventory"],
        "job_tags": job.launched_with["job_tags"],
        "extra_vars": json.dumps(job.launched_with["extra_vars"]),
    }


def _page(results: list[dict[str, Any]], count: int) -> dict[str, Any]:
    return {"count": count, "next": None, "previous": None, "results": results}


def _whole(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ControllerError(400, {"detail": f"Field '{name}' expected a number but got '{text}'"})
    return int(text)

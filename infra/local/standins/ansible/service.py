"""Puts the controller together: its routes, and the control routes that script it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ansible.api import Api
from infra.local.standins.ansible.manners import error_body, unserved
from infra.local.standins.ansible.models import RELAUNCH, TEMPLATE_SPEC
from infra.local.standins.ansible.seeds import PREFIXES, SECRET, settings
from infra.local.standins.ansible.state import State
from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import parse
from infra.local.standins.vendor import Vendor, application


def build(clock: Clock, effects: Effects) -> Vendor:
    """Build the controller with its seeded catalog."""
    state = State(clock, effects)
    api = Api(state)
    routes = [route for prefix in PREFIXES for route in api.routes(prefix)]
    app = application(routes, unserved)
    script = Script(state)
    control = [
        Route("/templates", script.change_template, methods=["POST"]),
        Route("/jobs", script.list_jobs, methods=["GET"]),
        Route("/relaunch", script.relaunch, methods=["POST"]),
        state.settings_route(),
    ]
    return Vendor(state.name, app, control, error_body, state.reset, settings, SECRET)


class Script:
    """The handlers of the controller's control routes."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def change_template(self, request: Request) -> Response:
        """Create a template, or change the given fields of one that exists."""
        change = parse(TEMPLATE_SPEC, await request.body())
        status = 200 if change.id in self._state.templates else 201
        return JSONResponse(self._state.change_template(change).model_dump(), status)

    async def list_jobs(self, _: Request) -> Response:
        """Return every job with what it was launched with, visible or not."""
        jobs = [
            {
                "id": job.id,
                "job_template": job.template,
                "status": job.status,
                "labels": [label.name for label in job.labels],
                **job.launched_with,
            }
            for job in self._state.jobs.values()
        ]
        return JSONResponse({"jobs": jobs})

    async def relaunch(self, request: Request) -> Response:
        """Start a job again, as somebody does by hand."""
        job = self._state.jobs[parse(RELAUNCH, await request.body()).job]
        return JSONResponse({"job": self._state.relaunch(job).id}, 201)

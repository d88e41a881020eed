"""deploy-package: one command for each computer that takes it, again with every request."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.jamf.manners import JamfError, guarded, node_of, read_json
from infra.local.standins.jamf.models import DEPLOY_BODY, DeployBody
from infra.local.standins.jamf.seeds import GROUPS
from infra.local.standins.jamf.state import PACKAGE, State


class Packages:
    """The handler of deploy-package."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the route."""
        deploy = guarded(self._state, self._deploy, query=("verbose",))
        return [Route("/api/v1/deploy-package", deploy, methods=["POST"])]

    async def _deploy(self, request: Request) -> Response:
        verbose = request.query_params.get("verbose", "false")
        if verbose not in ("true", "false"):
            raise JamfError(400, "verbose is true or false", "verbose")
        body = await read_json(request, DEPLOY_BODY)
        if self._state.loses_race():
            raise JamfError(409, "Another change was made at the same time.")
        self._state.count("deploy", "posts")
        queued, errors = self._queue(body, node_of(request))
        if verbose == "true" and self._state.settings.verbose:
            return JSONResponse({"queuedCommands": queued, "errors": errors})
        return Response(status_code=202)

    def _queue(
        self, body: DeployBody, node: str
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Queue what can be queued; return that, and what was refused."""
        state = self._state
        devices = body.devices or ()
        if body.group_id is not None:
            # UNSURE how a group that does not exist is refused; `errors` has a place for groups.
            if body.group_id not in GROUPS:
                return [], [{"group": int(body.group_id), "reason": "The group does not exist"}]
            members = [one for one in state.computers.values() if body.group_id in one.groups]
            devices = tuple(one.id for one in members)
        queued, errors = [], []
        for device in devices:
            computer = state.computers.get(device)
            refusal = "The device does not exist" if computer is None else computer.refusal
            if refusal is not None:
                errors.append({"device": device, "reason": refusal})
                continue
            command = state.queue(device, PACKAGE, node)
            state.count("deploy", "commands", str(device), body.manifest.bundle_id)
            queued.append({"device": device, "commandUuid": command.uuid})
        return queued, errors

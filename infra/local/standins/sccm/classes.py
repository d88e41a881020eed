"""The SMS Provider's classes, as far as deployments read and write them."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.sccm.access import check_load, check_token, check_windows
from infra.local.standins.sccm.models import POSTED, Posted
from infra.local.standins.sccm.odata import RefusedError, error_body, listed, options_of
from infra.local.standins.sccm.seeds import COLLECTIONS, SITE
from infra.local.standins.sccm.state import App, Assignment, State
from infra.local.standins.validation import JSON, InvalidBodyError, media_type, parse
from infra.local.standins.vendor import Endpoint

Check = Callable[[State, Request], None]

LOGINS: dict[str, Check] = {"AdminService": check_windows, "AdminService_TokenAuth": check_token}

APPLICATION = (
    "CI_ID", "ModelID", "CIVersion", "LocalizedDisplayName", "IsLatest", "IsExpired",
)  # fmt: skip
COLLECTION = ("CollectionID", "Name", "CollectionType")
ASSIGNMENT = (*Posted.model_fields, "AssignmentID", "AssignmentUniqueID", "AppModelID")
SUMMARY = (
    "AssignmentID", "CollectionID", "NumberTargeted", "NumberSuccess", "NumberInProgress",
    "NumberErrors", "NumberUnknown", "NumberOther",
)  # fmt: skip
DETAILS = ("AssignmentID", "MachineID", "MachineName", "AppStatusType")


class Classes:
    """The handlers, each under both logins."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes. UNSURE: newer versions take a class in any case; this one does not."""
        calls = [
            ("SMS_Site", self._site, "GET"),
            ("SMS_Application", self._applications, "GET"),
            ("SMS_Collection", self._collections, "GET"),
            ("SMS_ApplicationAssignment", self._assignments, "GET"),
            ("SMS_ApplicationAssignment", self._assign, "POST"),
            ("SMS_DeploymentSummary", self._summaries, "GET"),
            ("SMS_AppDeploymentAssetDetails", self._details, "GET"),
        ]
        return [
            Route(f"/{route}/wmi/{name}", self._guarded(handler, check), methods=[method])
            for route, check in LOGINS.items()
            for name, handler, method in calls
        ]

    def _guarded(self, handler: Endpoint, check: Check) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                check_load(self._state, request)
                check(self._state, request)
                return await handler(request)
            except RefusedError as refusal:
                body = error_body(refusal.status, str(refusal))
                return JSONResponse(body, refusal.status, refusal.headers)

        return endpoint

    async def _site(self, request: Request) -> Response:
        return listed(request, tuple(SITE), [SITE])

    async def _applications(self, request: Request) -> Response:
        rows = [row for app in self._state.apps.values() for row in _revisions(app)]
        return listed(request, APPLICATION, rows)

    async def _collections(self, request: Request) -> Response:
        rows = [
            {"CollectionID": id_, "Name": name, "CollectionType": 2}
            for id_, name in COLLECTIONS.items()
        ]
        return listed(request, COLLECTION, rows)

    async def _assignments(self, request: Request) -> Response:
        settings = self._state.settings
        seen = self._state.visible(settings.visibility_lag_seconds)
        return listed(request, ASSIGNMENT, [one.entity(settings.ids_listed) for one in seen])

    async def _summaries(self, request: Request) -> Response:
        options_of(request)
        seen = self._summarized()
        for app in {id(one.app): one.app for one in seen}.values():
            app.summaries += 1
        return listed(request, SUMMARY, [one.summary() for one in seen])

    async def _details(self, request: Request) -> Response:
        rows = [row for one in self._summarized() for row in one.details()]
        return listed(request, DETAILS, rows)

    async def _assign(self, request: Request) -> Response:
        if options_of(request):
            raise RefusedError(400, "A POST takes no query options.")
        posted = await _read(request)
        app = self._target(posted)
        answer = self._state.settings.post_answer
        failure = error_body(500, "The SMS Provider reported an error.")
        if answer == "refused":
            return JSONResponse(failure, 200)
        made = self._state.make(app, posted)
        if answer == "doubted":
            return JSONResponse(failure, 200)
        return JSONResponse({"@odata.context": "$metadata", **made.entity()}, 201)

    def _summarized(self) -> list[Assignment]:
        settings = self._state.settings
        return self._state.visible(settings.visibility_lag_seconds + settings.summary_lag_seconds)

    def _target(self, posted: Posted) -> App:
        """Return the application to assign. UNSURE with which status the vendor refuses others."""
        app = self._state.app_of(posted.AssignedCIs[0])
        if app is None or app.spec.expired or app.spec.name != posted.ApplicationName:
            raise RefusedError(400, "AssignedCIs names no such application.")
        if COLLECTIONS.get(posted.TargetCollectionID) != posted.CollectionName:
            raise RefusedError(400, "TargetCollectionID names no such collection.")
        return app


def _revisions(app: App) -> list[dict[str, Any]]:
    return [
        {
            "CI_ID": ci_id,
            "ModelID": app.spec.model_id,
            "CIVersion": version,
            "LocalizedDisplayName": app.spec.name,
            "IsLatest": version == len(app.spec.revisions),
            "IsExpired": app.spec.expired,
        }
        for version, ci_id in enumerate(app.spec.revisions, start=1)
    ]


async def _read(request: Request) -> Posted:
    if media_type(request) != JSON:
        raise RefusedError(415, f"Content type '{media_type(request)}' is not {JSON}.")
    try:
        return parse(POSTED, await request.body())
    except InvalidBodyError as error:
        raise RefusedError(400, str(error)) from error

"""Microsoft Graph v1.0 and its login, as far as deployments use them.

Source: learn.microsoft.com/graph/api/resources/intune-apps-mobileapp, .../intune-apps-mobileapp-
assign, .../intune-reporting-devicemanagementexportjob; the login is RFC 6749, section 4.4.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.contract.connectors.exchanges import JSON, Api, Body, Call, Closed, Open
from tests.contract.connectors.oauth import Login, entra_call

Id = Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{36}$")]
Intent = Literal["required", "available", "uninstall", "availableWithoutEnrollment"]
APP = r"/v1\.0/deviceAppManagement/mobileApps/[0-9a-fA-F-]{36}"
JOBS = r"/v1\.0/deviceManagement/reports/exportJobs"


class GraphLogin(Login):
    client_id: Id
    scope: Literal["https://graph.microsoft.com/.default"]


class InnerError(Open):
    request_id: str = Field(alias="request-id")
    date: str


class ErrorDetail(Open):
    code: str
    message: str
    inner: InnerError = Field(alias="innerError")


class Error(Closed):
    error: ErrorDetail


class App(Open):
    id: Id
    state: Literal["notPublished", "processing", "published"] = Field(alias="publishingState")


class Posted(Closed):
    kind: Literal["#microsoft.graph.mobileAppAssignment"] = Field(alias="@odata.type")
    intent: Intent
    target: dict[str, Any]
    settings: dict[str, Any] | None = None


class Assign(Closed):
    assignments: list[Posted] = Field(alias="mobileAppAssignments")


class Assignment(Open):
    id: str
    intent: Intent
    target: dict[str, Any]


class Assignments(Open):
    value: list[Assignment]


class Export(Closed):
    name: Literal["DeviceInstallStatusByApp"] = Field(alias="reportName")
    filter: Annotated[str, Field(pattern=r"^\(ApplicationId eq '[0-9a-fA-F-]{36}'\)$")]
    format: Literal["csv"]


class Job(Open):
    id: str
    status: Literal["unknown", "notStarted", "inProgress", "completed", "failed"]


class Skip(Closed):
    token: str = Field(alias="$skiptoken", default="")


class Top(Closed):
    top: Literal["1"] = Field(alias="$top")
    select: Literal["id"] = Field(alias="$select")


class Identified(Open):
    id: Id


class Ids(Open):
    value: list[Identified]


class Signature(Closed):
    sig: str


REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 412, 422, 423, 429), Body(JSON, Error))
api = Api({"authorization": r"Bearer \S+"}, REFUSED)
CALLS = (
    entra_call(GraphLogin),
    api("GET", APP, {200: App}),
    api("GET", f"{APP}/assignments", {200: Assignments}, query=Skip),
    api("POST", f"{APP}/assign", {204: None}, sends=Assign),
    api("GET", r"/v1\.0/deviceAppManagement/mobileApps", {200: Ids}, query=Top),
    api("POST", JOBS, {201: Job, 202: None}, sends=Export),
    api("GET", rf"{JOBS}/[^/]+", {200: Job}),
    # Storage: the address itself is the key, and its errors are storage's own.
    Call(
        "GET",
        r"/downloads/[^/]+\.zip",
        {
            200: Body("application/octet-stream"),
            **dict.fromkeys((400, 403, 404), Body("application/xml")),
        },
        query=Signature,
    ),
)

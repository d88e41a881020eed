"""Microsoft Graph v1.0 and its login, as far as deployments use them.

Source: learn.microsoft.com/graph/api/resources/intune-apps-mobileapp, .../intune-apps-mobileapp-
assign, .../intune-reporting-devicemanagementexportjob; the login is RFC 6749, section 4.4.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.contract.connectors.exchanges import FORM, JSON, Body, Call, Closed, Open

Id = Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{36}$")]
Intent = Literal["required", "available", "uninstall", "availableWithoutEnrollment"]
APP = r"/v1\.0/deviceAppManagement/mobileApps/[0-9a-fA-F-]{36}"
JOBS = r"/v1\.0/deviceManagement/reports/exportJobs"
AUTHORIZED = {"authorization": r"Bearer \S+"}


class Login(Closed):
    client_id: Id
    scope: Literal["https://graph.microsoft.com/.default"]
    client_secret: str
    grant_type: Literal["client_credentials"]


class Token(Closed):
    token_type: Literal["Bearer"]
    expires_in: int
    ext_expires_in: int
    access_token: str


class LoginError(Open):
    error: str
    error_description: str


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
CALLS = (
    Call(
        "POST",
        r"/[0-9a-f-]{36}/oauth2/v2\.0/token",
        {200: Body(JSON, Token), 400: Body(JSON, LoginError), 401: Body(JSON, LoginError)},
        Body(FORM, Login),
    ),
    Call("GET", APP, {200: Body(JSON, App), **REFUSED}, headers=AUTHORIZED),
    Call(
        "GET",
        f"{APP}/assignments",
        {200: Body(JSON, Assignments), **REFUSED},
        query=Skip,
        headers=AUTHORIZED,
    ),
    Call("POST", f"{APP}/assign", {204: Body(), **REFUSED}, Body(JSON, Assign), headers=AUTHORIZED),
    Call(
        "GET",
        r"/v1\.0/deviceAppManagement/mobileApps",
        {200: Body(JSON, Ids), **REFUSED},
        query=Top,
        headers=AUTHORIZED,
    ),
    Call(
        "POST",
        JOBS,
        {201: Body(JSON, Job), 202: Body(), **REFUSED},
        Body(JSON, Export),
        headers=AUTHORIZED,
    ),
    Call("GET", rf"{JOBS}/[^/]+", {200: Body(JSON, Job), **REFUSED}, headers=AUTHORIZED),
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

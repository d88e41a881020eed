"""The AdminService and its logins, as far as deployments use them.

Source: learn.microsoft.com/mem/configmgr/develop/adminservice and .../develop/reference/apps
(classes sms_application, sms_applicationassignment, sms_deploymentsummary,
sms_appdeploymentassetdetails); Entra's login is RFC 6749, section 4.4, Windows' is MS-NTHT.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tests.contract.connectors.exchanges import JSON, Api, Body, Call, Closed, Open
from tests.contract.connectors.oauth import Login, entra_call

Number = Annotated[int, Field(ge=0)]
Collection = Annotated[str, Field(pattern=r"^[A-Z0-9]{3}[0-9A-F]{5}$")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Name = Annotated[
    str, Field(pattern=r"^Breakwater [0-9a-f]{8}(-[0-9a-f]{4}){3}(-[0-9a-f]{12,16}){2}$")
]
TEXT = r"'([^']|'')+'"


class AdminLogin(Login):
    scope: Annotated[str, Field(pattern=r"/\.default$")]


class Detail(Open):
    code: str
    message: str


class Error(Closed):
    error: Detail


class SiteCode(Closed):
    select: Literal["SiteCode"] = Field(alias="$select")


class Site(Closed):
    code: Annotated[str, Field(alias="SiteCode", pattern=r"^[A-Z0-9]{3}$")]


class Application(Open):
    ci_id: Number = Field(alias="CI_ID")
    model_id: Number = Field(alias="ModelID")
    name: str = Field(alias="LocalizedDisplayName")
    latest: bool = Field(alias="IsLatest")
    expired: bool = Field(alias="IsExpired")


class NamedCollection(Open):
    id: Collection = Field(alias="CollectionID")
    name: str = Field(alias="Name")


class Post(Closed):
    ApplicationName: str
    AssignmentName: Name
    AssignmentDescription: str
    AssignedCIs: Annotated[list[Number], Field(min_length=1, max_length=1)]
    AssignmentAction: Literal[2]
    AssignmentType: Literal[2]
    DesiredConfigType: Literal[1, 2]
    OfferTypeID: Literal[0, 2]
    OfferFlags: Number
    TargetCollectionID: Collection
    CollectionName: str
    StartTime: Moment
    EnforcementDeadline: Moment | None = None
    UseGMTTimes: Literal[True]
    OverrideServiceWindows: bool
    SuppressReboot: Annotated[int, Field(ge=0, le=3)]
    NotifyUser: bool
    UserUIExperience: bool
    LogComplianceToWinEvent: bool
    WoLEnabled: bool
    DisableMomAlerts: bool


def _deadline_where_required(post: Post) -> Post:
    assert ("EnforcementDeadline" in post.model_fields_set) == (post.OfferTypeID == 0)
    return post


class Assignment(Open):
    id: Number = Field(alias="AssignmentID")
    name: str = Field(alias="AssignmentName")
    collection: Collection = Field(alias="TargetCollectionID")
    model: Number | None = Field(alias="AppModelID")
    cis: list[Number] | None = Field(alias="AssignedCIs")


class Summary(Open):
    id: Number = Field(alias="AssignmentID")
    targeted: Number = Field(alias="NumberTargeted")
    success: Number = Field(alias="NumberSuccess")
    in_progress: Number = Field(alias="NumberInProgress")
    errors: Number = Field(alias="NumberErrors")
    unknown: Number = Field(alias="NumberUnknown")
    other: Number = Field(alias="NumberOther")


class Device(Open):
    id: Number = Field(alias="AssignmentID")
    machine: str = Field(alias="MachineName")
    status: Annotated[int, Field(alias="AppStatusType", ge=1, le=5)]


def rows(row: type[Any]) -> Any:
    """Return the model of a list of entities."""

    class Rows(Open):
        value: list[row]  # type: ignore[valid-type]

    return Rows


def filtered(pattern: str) -> Any:
    """Return the model of a query with one filter and nothing else."""

    class Query(Closed):
        filter: Annotated[str, Field(alias="$filter", pattern=f"^{pattern}$")]

    return Query


PAGE = Body("text/html")
LOGINS = (
    ("AdminService_TokenAuth", r"Bearer \S+", Body(JSON, Error)),
    ("AdminService", r"NTLM [A-Za-z0-9+/]+=*", PAGE),
)


def calls(route: str, authorization: str, unauthorized: Body) -> list[Call]:
    """Return the calls below one of the routes."""
    refused = {
        **dict.fromkeys((400, 403, 404, 409, 415, 429, 503), Body(JSON, Error)),
        401: unauthorized,
    }
    api = Api({"authorization": authorization}, refused)

    def read(name: str, query: Any, row: type[Any]) -> Call:
        return api("GET", f"/{route}/wmi/{name}", {200: rows(row) | Error}, query=query)

    post = Annotated[Post, AfterValidator(_deadline_where_required)]
    return [
        read("SMS_Site", SiteCode, Site),
        read("SMS_Application", filtered(f"LocalizedDisplayName eq {TEXT}"), Application),
        read("SMS_Collection", filtered(f"CollectionID eq {TEXT}"), NamedCollection),
        read("SMS_ApplicationAssignment", filtered(f"AssignmentName eq {TEXT}"), Assignment),
        api(
            "POST",
            f"/{route}/wmi/SMS_ApplicationAssignment",
            # An error may come under a 2xx, too.
            {201: Assignment | Error, 200: Error},
            sends=post,
        ),
        read("SMS_DeploymentSummary", filtered(r"AssignmentID eq \d+"), Summary),
        read(
            "SMS_AppDeploymentAssetDetails",
            filtered(r"AssignmentID eq \d+ and AppStatusType eq 5"),
            Device,
        ),
    ]


CALLS = (entra_call(AdminLogin), *(call for login in LOGINS for call in calls(*login)))

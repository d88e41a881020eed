"""The Jamf Pro API, as far as deployments use it.

Source: developer.jamf.com/jamf-pro/reference, post_v1-deploy-package, get_v2-mdm-commands,
get_v1-computers-inventory, get_v1-health-check; the login is RFC 6749, section 4.4.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tests.contract.connectors.exchanges import JSON, Api, Body, Call, Closed, Open
from tests.contract.connectors.oauth import token_call

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
State = Literal["PENDING", "ACKNOWLEDGED", "NOT_NOW", "ERROR", "COMMAND_FORMAT_ERROR"]


class Fault(Open):
    code: str
    field: str | None
    description: str
    id: str


class Error(Closed):
    status: int = Field(alias="httpStatus")
    errors: list[Fault]


class Manifest(Closed):
    url: str
    hash: str
    hash_type: Literal["MD5", "SHA256"] = Field(alias="hashType")
    bundle_id: str = Field(alias="bundleId")
    bundle_version: str = Field(alias="bundleVersion")
    title: str
    size: int = Field(alias="sizeInBytes")


class Deploy(Closed):
    manifest: Manifest
    group_id: Annotated[str, Field(pattern=r"^\d+$")] | None = Field(default=None, alias="groupId")
    devices: Annotated[list[int], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "Deploy":
        if len(self.model_fields_set) != 2:
            raise ValueError("a manifest, and either groupId or devices")
        return self


class Verbose(Closed):
    verbose: Literal["true"]


class Queued(Open):
    device: int
    uuid: Uuid = Field(alias="commandUuid")


class Refused(Open):
    device: int | None = None
    group: int | None = None
    reason: str


class Deployed(Closed):
    queued: list[Queued] = Field(alias="queuedCommands")
    errors: list[Refused]


class Client(Open):
    management_id: Uuid = Field(alias="managementId")


class Command(Open):
    uuid: Uuid
    sent: Time = Field(alias="dateSent")
    client: Client
    state: State = Field(alias="commandState")


class Commands(Closed):
    total: int = Field(alias="totalCount")
    results: list[Command]


MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
SPAN = rf"dateSent=ge={MOMENT}(;dateSent=lt={MOMENT})?"
# v1 of the list takes 40 uuids at most.
UUIDS = r"uuid==[0-9a-f-]{36}(,uuid==[0-9a-f-]{36}){0,39}"
Number = Annotated[str, Field(pattern=r"^\d+$")]


class Page(Closed):
    page: Number
    size: Number = Field(alias="page-size")
    filter: Any


class Listing(Page):
    filter: Annotated[str, Field(pattern=rf"^({SPAN}|{UUIDS})$")]
    sort: Literal["dateSent:desc"] | None = None


class Ids(Page):
    filter: Annotated[str, Field(pattern=r"^id=in=\(\d+(,\d+)*\)$")]
    section: Literal["GENERAL"]


class General(Open):
    management_id: Uuid = Field(alias="managementId")


class Computer(Open):
    id: Number
    general: General


class Computers(Closed):
    total: int = Field(alias="totalCount")
    results: list[Computer]


REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 415), Body(JSON, Error))
api = Api({"authorization": r"Bearer \S+"}, REFUSED)
CALLS = (
    token_call(r"/api/v1/oauth/token", 400),
    api(
        "POST",
        r"/api/v1/deploy-package",
        {200: Deployed, 202: None},
        sends=Deploy,
        query=Verbose,
    ),
    api("GET", r"/api/v2/mdm/commands", {200: Commands}, query=Listing),
    api("GET", r"/api/v1/computers-inventory", {200: Computers}, query=Ids),
    Call("GET", r"/api/v1/health-check", {204: Body()}),
)

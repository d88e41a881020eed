"""Landscape's REST API v2 and its legacy InstallPackages, as far as deployments use them.

Source: documentation.ubuntu.com/landscape/reference/api, rest-api-endpoints (login, activities,
snaps) and legacy-api-endpoints (packages, activities).
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from tests.contract.connectors.exchanges import FORM, JSON, Api, Body, Call, Closed, Open

ACTIVITIES = r"/api/v2/activities"
ID = r"[1-9]\d*"

Status = Literal[
    "undelivered",
    "delivered",
    "scheduled",
    "waiting",
    "unapproved",
    "blocked",
    "succeeded",
    "failed",
    "canceled",
]
Id = Annotated[int, Field(ge=1)]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Login(Closed):
    access_key: str
    secret_key: str
    expiry_minutes: Id | None = None


class Token(Open):
    token: str
    current_account: str


class Error(Open):
    error: str
    message: str


class Creator(Open):
    email: str


class Activity(Open):
    id: Id
    activity_status: Status
    summary: str | None
    creation_time: Time
    creator: Creator
    parent_id: Id | None
    result_code: int | None
    result_text: str | None


class Activities(Closed):
    count: int
    results: list[Activity]
    next: str | None
    previous: str | None


class Install(Open):
    """A form: its numbered fields are all there is beside the named ones."""

    action: Literal["InstallPackages"]
    version: Literal["2011-08-01"]
    query: Annotated[str, Field(min_length=1)]
    deliver_after: Time | None = None
    deliver_delay_window: Annotated[str, Field(pattern=r"^\d+$")] | None = None

    @model_validator(mode="after")
    def _packages_are_numbered_from_one(self) -> "Install":
        extra: dict[str, Any] = self.model_extra or {}
        expected = [f"packages.{number}" for number in range(1, len(extra) + 1)]
        if not extra or sorted(extra) != sorted(expected):
            raise ValueError(f"packages.1 to packages.n, not {sorted(extra)}")
        TypeAdapter(list[Annotated[str, Field(min_length=1)]]).validate_python(list(extra.values()))
        return self


class Snap(Closed):
    name: str


class Snaps(Closed):
    action: Literal["install"]
    computer_ids: Annotated[list[Id], Field(min_length=1)]
    snaps: Annotated[list[Snap], Field(min_length=1)]


Number = Annotated[str, Field(pattern=r"^\d+$")]


SINCE = r"created-after:\d{4}-\d\d-\d\dT\d\d:\d\d"
"""To the minute and without a zone: the longest form that is documented."""


class Listing(Closed):
    query: Annotated[str, Field(pattern=rf"^(parent-id:\d+|{SINCE}( creator:\S+@\S+)?)$")] = "-"
    limit: Number = "1"
    offset: Number = "0"


# No status is documented for any error; these are the ones that connectors have to cope with.
REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 415, 422, 500), Body(JSON, Error))
api = Api({"authorization": r"Bearer \S+"}, REFUSED)
CALLS = (
    Call(
        "POST",
        r"/api/v2/login/access-key",
        {200: Body(JSON, Token), **REFUSED},
        Body(JSON, Login),
    ),
    api("POST", r"/api/", {200: Activity}, sends=Body(FORM, Install)),
    api("POST", r"/api/v2/snaps", {200: Activity}, sends=Snaps),
    api("GET", ACTIVITIES, {200: Activities}, query=Listing),
    api("GET", f"{ACTIVITIES}/{ID}", {200: Activity}),
)

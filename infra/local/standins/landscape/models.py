"""The bodies that Landscape and the control routes accept, field by field."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from infra.local.standins.state import Timed
from infra.local.standins.validation import Strict

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


class LoginBody(Strict):
    """What a token is asked for with."""

    access_key: str
    secret_key: str
    expiry_minutes: Annotated[int, Field(ge=1)] = 1440


class SnapName(Strict):
    """One snap. UNSURE: channels and revisions exist too; nothing here needs them."""

    name: Annotated[str, Field(min_length=1)]


class SnapsBody(Strict):
    """Snaps for computers. UNSURE: `deliver_after` exists too; nothing here needs it."""

    action: Literal["install"]
    computer_ids: Annotated[tuple[Id, ...], Field(min_length=1)]
    snaps: Annotated[tuple[SnapName, ...], Field(min_length=1)]


class ComputerSpec(Strict):
    """A computer, and how whatever is sent to it ends, as the control routes set it."""

    id: Id
    tags: tuple[str, ...] = ()
    outcome: Literal["succeeded", "failed", "canceled"] = "succeeded"
    result_code: int | None = None
    result_text: str | None = None


class PackageSpec(Strict):
    """A package that the computers' archives have."""

    name: Annotated[str, Field(min_length=1)]


class Settings(Timed):
    """What the control routes can change for the whole vendor.

    `progress` is what an activity shows, read by read, before its end; the last word repeats for
    ever where `ends` is False. `late_children` is how many of its children end only after it.
    `visibility_lag_seconds` delays the lists, not the reading of one activity by its id. `now`
    sets Landscape's own clock. `parent_outcome` replaces what follows from the children.
    """

    progress: tuple[Status, ...] = ("undelivered", "delivered")
    ends: bool = True
    late_children: Annotated[int, Field(ge=0)] = 0
    parent_outcome: Literal["succeeded", "failed", "canceled"] | None = None
    visibility_lag_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    page_size: Annotated[int, Field(ge=1)] = 1000
    error_status: Annotated[int, Field(ge=200, le=599)] = 400
    unauthorised_status: Annotated[int, Field(ge=200, le=599)] = 401


class Foreign(Strict):
    """An activity that somebody began in Landscape's own pages."""

    summary: str | None
    creator: str
    computer_ids: tuple[Id, ...] = ()


COMPUTER: TypeAdapter[ComputerSpec] = TypeAdapter(ComputerSpec)
FOREIGN: TypeAdapter[Foreign] = TypeAdapter(Foreign)
LOGIN_BODY: TypeAdapter[LoginBody] = TypeAdapter(LoginBody)
PACKAGE: TypeAdapter[PackageSpec] = TypeAdapter(PackageSpec)
SNAPS_BODY: TypeAdapter[SnapsBody] = TypeAdapter(SnapsBody)

"""The bodies that Graph and the control routes accept, field by field."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, TypeAdapter

from infra.local.standins.validation import Strict

Guid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
]
AppId = Annotated[Guid, AfterValidator(str.lower)]
Intent = Literal["required", "available", "uninstall", "availableWithoutEnrollment"]
DeviceState = Literal[
    "installed",
    "failed",
    "notInstalled",
    "pendingInstall",
    "notApplicable",
    "uninstallFailed",
    "unknown",
]


class _Target(Strict):
    # UNSURE: the contract names the group target only, without filters. A client that merges must
    # be able to post back whatever it read, so Graph's filter fields and other targets pass too.
    filter_id: str | None = Field(default=None, alias="deviceAndAppManagementAssignmentFilterId")
    filter_type: Literal["none", "include", "exclude"] | None = Field(
        default=None, alias="deviceAndAppManagementAssignmentFilterType"
    )


class GroupTarget(_Target):
    """A group that gets the app, or is kept from it."""

    odata_type: Literal[
        "#microsoft.graph.groupAssignmentTarget",
        "#microsoft.graph.exclusionGroupAssignmentTarget",
    ] = Field(alias="@odata.type")
    group_id: Guid = Field(alias="groupId")

    @property
    def key(self) -> str:
        """Return what tells this target from others, in the form that effects are counted by."""
        group = self.group_id.lower()
        return f"not:{group}" if "exclusion" in self.odata_type else group


class EveryoneTarget(_Target):
    """All users or all devices."""

    odata_type: Literal[
        "#microsoft.graph.allLicensedUsersAssignmentTarget",
        "#microsoft.graph.allDevicesAssignmentTarget",
    ] = Field(alias="@odata.type")

    @property
    def key(self) -> str:
        """Return what tells this target from others, in the form that effects are counted by."""
        return self.odata_type.rpartition(".")[2].removesuffix("AssignmentTarget")


def _typed(settings: dict[str, Any] | None) -> dict[str, Any] | None:
    # Settings are opaque here (their fields differ by kind of app), but Graph reads none of them
    # without knowing their type.
    if settings is not None and not str(settings.get("@odata.type")).startswith("#microsoft.graph"):
        raise ValueError("'@odata.type' must name a type of '#microsoft.graph'")
    return settings


class PostedAssignment(Strict):
    """One assignment as a client posts it: without `id`, with every `@odata.type`.

    UNSURE: Graph may ignore an `id` that was read before; it is refused here.
    """

    odata_type: Literal["#microsoft.graph.mobileAppAssignment"] = Field(alias="@odata.type")
    intent: Intent
    target: Annotated[GroupTarget | EveryoneTarget, Field(discriminator="odata_type")]
    settings: Annotated[dict[str, JsonValue] | None, AfterValidator(_typed)] = None

    @property
    def key(self) -> tuple[str, str]:
        """Return the target and the intent: what makes two assignments the same."""
        return self.target.key, self.intent


def _distinct(posted: tuple[PostedAssignment, ...]) -> tuple[PostedAssignment, ...]:
    # UNSURE what Graph makes of a set that names a target and intent twice; no client should.
    keys = [one.key for one in posted]
    if len(keys) != len(set(keys)):
        raise ValueError("the same target and intent appear more than once")
    return posted


Assignments = Annotated[tuple[PostedAssignment, ...], AfterValidator(_distinct)]


class AssignBody(Strict):
    """The body of `assign`: the whole set that the app has afterwards."""

    assignments: Assignments = Field(alias="mobileAppAssignments")


class ExportBody(Strict):
    """The body of an export job.

    UNSURE: Graph also takes `select`, `localizationType` and `snapshotId`; nothing here needs them.
    """

    report_name: Literal["DeviceInstallStatusByApp"] = Field(alias="reportName")
    filter: Annotated[str, StringConstraints(pattern=r"^\(ApplicationId eq '[0-9a-fA-F-]{36}'\)$")]
    format: Literal["csv"]

    @property
    def app_id(self) -> str:
        """Return the app that the filter names."""
        return self.filter.split("'")[1].lower()


class AppSpec(Strict):
    """How an app behaves, as the control routes set it.

    `rollout` holds one row of device states for each report that is made; the last row repeats.
    `export_reads` is how many reads of a job do not show it finished yet. `page_size` pages the
    list of assignments, `assignments` seeds it.
    """

    id: AppId
    display_name: str = Field(default="Stand-in app", alias="displayName")
    publishing_state: Literal["notPublished", "processing", "published"] = Field(
        default="published", alias="publishingState"
    )
    rollout: Annotated[tuple[tuple[DeviceState, ...], ...], Field(min_length=1)] = (
        ("installed", "installed", "installed"),
    )
    export_reads: Annotated[int, Field(ge=0)] = 1
    export_outcome: Literal["completed", "failed"] = "completed"
    export_created_status: Literal[201, 202] = 201
    visibility_lag_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    page_size: Annotated[int, Field(ge=1)] | None = None
    assignments: Assignments = ()


class Settings(Strict):
    """What the control routes can change for the whole vendor."""

    token_lifetime_seconds: Annotated[int, Field(ge=1)] = 3599
    writes_per_window: Annotated[int, Field(ge=1)] = 100
    window_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20


APP_SPEC: TypeAdapter[AppSpec] = TypeAdapter(AppSpec)
ASSIGN_BODY: TypeAdapter[AssignBody] = TypeAdapter(AssignBody)
EXPORT_BODY: TypeAdapter[ExportBody] = TypeAdapter(ExportBody)
POSTED_ASSIGNMENT: TypeAdapter[PostedAssignment] = TypeAdapter(PostedAssignment)

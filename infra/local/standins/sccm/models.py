"""The bodies that the AdminService and the control routes accept, field by field."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from infra.local.standins.validation import Strict

Id = Annotated[int, Field(ge=1)]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Status = Literal["success", "in_progress", "requirements_not_met", "unknown", "error"]
APP_STATUS: dict[Status, int] = {
    "success": 1,
    "in_progress": 2,
    "requirements_not_met": 3,
    "unknown": 4,
    "error": 5,
}
"""AppStatusType of SMS_AppDeploymentAssetDetails."""


class Posted(Strict):
    """An application's assignment as it is to be posted: these fields, and no others.

    UNSURE: the vendor has defaults for some, and its documentation calls the two names read-only;
    the contract lists them all.
    """

    ApplicationName: str
    AssignmentName: Annotated[str, Field(min_length=1, max_length=256)]
    AssignmentDescription: str
    AssignedCIs: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1)]
    AssignmentAction: Literal[2]
    AssignmentType: Literal[2]
    DesiredConfigType: Literal[1, 2]
    OfferTypeID: Literal[0, 2]
    OfferFlags: Annotated[int, Field(ge=0, le=63)]
    TargetCollectionID: str
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

    @model_validator(mode="after")
    def _required_and_only_required_has_a_deadline(self) -> "Posted":
        if (self.OfferTypeID == 0) != ("EnforcementDeadline" in self.model_fields_set):
            raise ValueError("EnforcementDeadline belongs to a required assignment")
        if self.EnforcementDeadline and self.EnforcementDeadline < self.StartTime:
            raise ValueError("EnforcementDeadline is before StartTime")
        if self.OfferTypeID == 2 and self.DesiredConfigType == 2:
            raise ValueError("an uninstallation is required")
        return self


class AppSpec(Strict):
    """How an application behaves, as the control routes set it; `model_id` tells which.

    `revisions` are the CI_IDs, the latest last. `rollout` holds one row of device states for each
    summary that is read; the last row repeats.
    """

    model_id: Id
    name: str = "Stand-in application"
    revisions: Annotated[tuple[Id, ...], Field(min_length=1)] = (16777999,)
    expired: bool = False
    rollout: Annotated[tuple[tuple[Status, ...], ...], Field(min_length=1)] = (
        ("success", "success", "success"),
    )


class Settings(Strict):
    """What the control routes can change for the whole vendor.

    `post_answer`: what a POST that is otherwise well is answered with. `doubted`: an error under a
    200, after the assignment was made; `refused`: the same, and none was made. `ids_listed`: by
    which ids a list of assignments shows the application.
    """

    token_lifetime_seconds: Annotated[int, Field(ge=1)] = 3599
    requests_per_second: Annotated[int, Field(ge=1)] = 200
    visibility_lag_seconds: Seconds = 3
    summary_lag_seconds: Seconds = 5
    post_answer: Literal["made", "doubted", "refused"] = "made"
    ids_listed: Literal["model", "cis", "both", "none"] = "model"


APP_SPEC: TypeAdapter[AppSpec] = TypeAdapter(AppSpec)
POSTED: TypeAdapter[Posted] = TypeAdapter(Posted)

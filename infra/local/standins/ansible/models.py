"""The bodies that the controller and the control routes accept, field by field."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from infra.local.standins.ansible.seeds import CREDENTIAL, INVENTORY, TOKEN
from infra.local.standins.validation import Strict

Id = Annotated[int, Field(ge=1)]
Status = Literal[
    "new", "pending", "waiting", "running", "successful", "failed", "error", "canceled"
]


class LabelBody(Strict):
    """A label to make."""

    name: Annotated[str, Field(min_length=1, max_length=512)]
    organization: Id


class LaunchBody(Strict):
    """What a launch may say.

    UNSURE: the vendor ignores fields that it does not know; a client that sends them is mistaken.
    """

    extra_vars: dict[str, JsonValue] | None = None
    limit: str | None = None
    inventory: Id | None = None
    credentials: list[Id] | None = None
    labels: list[Id] | None = None
    job_tags: str | None = None


class TemplateSpec(Strict):
    """How a job template and its jobs behave, as the control routes set it.

    `course` is what each read of a job shows, one after the other; the last one stays.
    `visibility_lag_seconds` is how long a job is missing from lists, `slices` more than 1 makes a
    workflow job, `survey` names the variables that pass without a prompt.
    """

    id: Id
    name: str = "Stand-in template"
    ask_variables_on_launch: bool = True
    ask_limit_on_launch: bool = True
    ask_inventory_on_launch: bool = True
    ask_credential_on_launch: bool = True
    ask_tags_on_launch: bool = True
    ask_labels_on_launch: bool | None = True
    """None: a version that does not know the field."""
    survey: tuple[str, ...] = ()
    limit: str = ""
    inventory: Id | None = INVENTORY
    credentials: tuple[Id, ...] = (CREDENTIAL,)
    job_tags: str = ""
    slices: Annotated[int, Field(ge=0)] = 1
    launchable: bool = True
    permitted: bool = True
    course: Annotated[tuple[Status, ...], Field(min_length=1)] = (
        "pending",
        "running",
        "successful",
    )
    explanation: str = ""
    visibility_lag_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0


class Settings(Strict):
    """What the control routes can change for the whole vendor."""

    token: Annotated[str, Field(min_length=1)] = TOKEN
    migrating: bool = False


class Relaunch(Strict):
    """A job that somebody starts again by hand."""

    job: Id


LABEL_BODY: TypeAdapter[LabelBody] = TypeAdapter(LabelBody)
LAUNCH_BODY: TypeAdapter[LaunchBody] = TypeAdapter(LaunchBody)
RELAUNCH: TypeAdapter[Relaunch] = TypeAdapter(Relaunch)
TEMPLATE_SPEC: TypeAdapter[TemplateSpec] = TypeAdapter(TemplateSpec)

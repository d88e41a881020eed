"""The bodies that Jamf Pro and the control routes accept, field by field."""

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from infra.local.standins.state import Timed
from infra.local.standins.validation import Strict

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
CommandState = Literal["PENDING", "ACKNOWLEDGED", "NOT_NOW", "ERROR", "COMMAND_FORMAT_ERROR"]


class Manifest(Strict):
    """What a device installs. UNSURE: images and a subtitle exist too; nothing here needs them."""

    url: Annotated[str, Field(pattern="^https://")]
    hash: Annotated[str, Field(pattern="^[0-9a-fA-F]+$")]
    hash_type: Literal["MD5", "SHA256"] = Field(alias="hashType")
    bundle_id: Text = Field(alias="bundleId")
    bundle_version: Text = Field(alias="bundleVersion")
    title: Text
    size: Id = Field(alias="sizeInBytes")


class DeployBody(Strict):
    """A manifest, and either computers or a group."""

    manifest: Manifest
    devices: Annotated[tuple[Id, ...], Field(min_length=1)] | None = None
    group_id: Annotated[str, Field(pattern=r"^\d+$")] | None = Field(default=None, alias="groupId")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        # UNSURE what Jamf makes of both; no client should leave it the choice.
        if (self.devices is None) is (self.group_id is None):
            raise ValueError("either devices or groupId must be provided")
        return self


class Computer(Strict):
    """A computer, as the control routes set it.

    With a `refusal` it takes no package; `state` is how far its commands are.
    """

    id: Id
    groups: tuple[str, ...] = ()
    refusal: str | None = None
    state: CommandState = "PENDING"


class Settings(Timed):
    """What the control routes can change for the whole vendor.

    `verbose` is whether deploy-package tells what it has queued. `lists_packages` is whether the
    list of commands has those of packages. `lag_seconds` delays that list; `cluster_lag_seconds`
    only on the node that did not queue the command. `conflicts` is how many deployments from now on
    lose a race. `may_read_computers` is a right of the API client. `largest_page` cuts pages.
    `seconds_per_request` is how long each request takes, in real time. `now` sets Jamf's own clock.
    """

    token_lifetime_seconds: Annotated[int, Field(ge=1)] = 60
    verbose: bool = True
    lists_packages: bool = True
    lag_seconds: Seconds = 0
    cluster_lag_seconds: Seconds = 0
    conflicts: Annotated[int, Field(ge=0)] = 0
    may_read_computers: bool = True
    largest_page: Id = 2000
    seconds_per_request: Seconds = 0


class Foreign(Strict):
    """A command that somebody else has sent; the list shows no type where there is none."""

    device: Id
    command_type: str | None = "INSTALL_ENTERPRISE_APPLICATION"


COMPUTER: TypeAdapter[Computer] = TypeAdapter(Computer)
DEPLOY_BODY: TypeAdapter[DeployBody] = TypeAdapter(DeployBody)
FOREIGN: TypeAdapter[Foreign] = TypeAdapter(Foreign)

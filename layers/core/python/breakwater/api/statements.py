"""What an intent states, as its request says it. Imported where one is stated only."""

from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from breakwater.domain.packages import MAX_PACKAGE_CHARS
from breakwater.domain.risk_facts import (
    Criticality,
    Evidence,
    Privilege,
    Provenance,
    Ring,
    Rollback,
    Signature,
)

MOST_DEVICES = 10_000_000

# Printable, as far as a pattern can say that: it is shown to people, and sorts an index.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=MAX_PACKAGE_CHARS,
        pattern=r"^[^\x00-\x1f\x7f]+$",
    ),
]
Version = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]


class Package(BaseModel):
    """What is to be deployed."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[
        Name, Field(description="As the deployment's payload names it; docs/risk.md says where.")
    ]
    version: Version | None = None
    provenance: Annotated[Provenance, Field(description="Where it comes from.")]
    signature: Annotated[Signature, Field(description="Whether a trusted signature was checked.")]


class Targets(BaseModel):
    """Whom it is for."""

    model_config = ConfigDict(extra="forbid")

    devices: Annotated[int, Field(ge=1, le=MOST_DEVICES, description="How many get it.")]
    ring: Annotated[Ring, Field(description="Which part of the fleet.")]
    criticality: Annotated[Criticality, Field(description="What depends on the devices.")]


class ChangeWindow(BaseModel):
    """When it was agreed to happen."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @field_validator("ends_at")
    @classmethod
    def _ends_after_it_starts(cls, ends_at: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        starts_at = info.data.get("starts_at")
        if starts_at is not None and ends_at <= starts_at:
            raise ValueError("a window ends after it starts")
        return ends_at


class Statement(BaseModel):
    """A deployment as it is intended, for its risk to be scored before it happens."""

    model_config = ConfigDict(extra="forbid")

    package: Package
    targets: Targets
    privilege: Annotated[Privilege, Field(description="What it may do on a device.")]
    test_evidence: Annotated[Evidence, Field(description="Where this version was seen to work.")]
    rollback: Annotated[Rollback, Field(description="How it is undone.")]
    change_window: ChangeWindow | None = None

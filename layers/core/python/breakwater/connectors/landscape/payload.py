"""What may be asked of Landscape. Imported where requests are validated, never in a step."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from breakwater.ports.payloads import ConnectorPayload, Moment

T = TypeVar("T")

WRONG = object()
"""Stands for the value of a field that was given and is wrong."""


def _distinct(values: list[T]) -> list[T]:
    if len(set(values)) != len(values):
        raise ValueError("nothing may be named twice")
    return values


# Blank is refused: it may well select every computer there is.
Query = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
# Source of what a package may be called: the Debian Policy Manual, section 5.6.1.
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$", max_length=100)]
Packages = Annotated[
    list[PackageName], Field(min_length=1, max_length=100), AfterValidator(_distinct)
]
ComputerId = Annotated[int, Field(ge=1, le=2**63 - 1)]
ComputerIds = Annotated[
    list[ComputerId], Field(min_length=1, max_length=1000), AfterValidator(_distinct)
]
# Source of what a snap may be called: snapcraft.io/docs/registering-your-app-name.
SnapName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Snaps = Annotated[list[SnapName], Field(min_length=1, max_length=100), AfterValidator(_distinct)]


class Payload(ConnectorPayload):
    """Install packages on the computers of a query, or snaps on computers by their ids.

    The task ends when the computers have reported, or at its deadline.
    """

    model_config = ConfigDict(
        extra="forbid",
        validate_default=True,
        json_schema_extra={
            "oneOf": [{"required": ["query", "packages"]}, {"required": ["computer_ids", "snaps"]}],
            "examples": [
                {"query": "tag:web", "packages": ["nginx"], "deliver_delay_window": 30},
                {"computer_ids": [21, 23], "snaps": ["hello"]},
            ],
        },
    )

    query: Annotated[
        Query | None,
        Field(description="Which computers, in Landscape's own words: `tag:web`, `id:21`."),
    ] = None
    packages: Annotated[Packages | None, Field(description="The packages to install on them.")] = (
        None
    )
    deliver_after: Annotated[
        Moment | None,
        Field(
            description="Not before this time, in the years 2000 to 2099. The task's deadline "
            "should be well after it."
        ),
    ] = None
    deliver_delay_window: Annotated[
        Annotated[int, Field(ge=0, le=1440)] | None,
        Field(description="Spread the delivery over so many minutes."),
    ] = None
    computer_ids: Annotated[
        ComputerIds | None,
        Field(description="Which computers get snaps, by their ids in Landscape."),
    ] = None
    snaps: Annotated[Snaps | None, Field(description="The snaps to install on them.")] = None

    @property
    def deployed(self) -> tuple[str, ...]:
        """The packages, or the snaps, which have names of their own."""
        return (*(self.packages or ()), *(f"snap:{name}" for name in self.snaps or ()))

    # Of each field, and not of the whole model: the model's own validators only run when every
    # field is right, and a request is told all that is wrong with it. Fields come in their order,
    # so each one looks at those before it.
    @field_validator("packages")
    @classmethod
    def _packages_go_to_a_query(cls, packages: Any, info: ValidationInfo) -> Any:
        if (packages is None) is _has(info, "query"):
            raise ValueError("`query` and `packages` come together")
        return packages

    @field_validator("computer_ids", "snaps")
    @classmethod
    def _one_form(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and _has(info, "query", "packages"):
            raise ValueError("packages go to a `query`, snaps to `computer_ids`: one of the two")
        return value

    @field_validator("snaps")
    @classmethod
    def _snaps_go_to_computers(cls, snaps: Any, info: ValidationInfo) -> Any:
        if (snaps is None) is _has(info, "computer_ids"):
            raise ValueError("`computer_ids` and `snaps` come together")
        if snaps is None and not _has(info, "query", "packages"):
            raise ValueError("expected `query` and `packages`, or `computer_ids` and `snaps`")
        if snaps is not None and _has(info, "deliver_after", "deliver_delay_window"):
            raise ValueError("snaps are delivered at once: only packages can be delivered later")
        return snaps


def _has(info: ValidationInfo, *names: str) -> bool:
    """Whether any of these earlier fields was given; of a wrong one pydantic keeps no value."""
    return any(info.data.get(name, WRONG) is not None for name in names)

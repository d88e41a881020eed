"""What may be asked of Jamf Pro. Imported where requests are validated, never in a step."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from breakwater.ports.payloads import ConnectorPayload

MOST_DEVICES = 500

WRONG = object()
"""Stands for the value of a field that was given and is wrong."""

Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Size = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
DeviceId = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
HEX_DIGITS = {"MD5": 32, "SHA256": 64}


def _distinct(ids: list[int]) -> list[int]:
    if len(set(ids)) != len(ids):
        raise ValueError("no device may be named twice")
    return ids


class Package(BaseModel):
    """What the devices download and install: Apple's manifest, as Jamf Pro makes it."""

    model_config = ConfigDict(extra="forbid")

    # Devices take a manifest's package over TLS alone. Source: developer.apple.com/documentation/
    # devicemanagement/install-enterprise-application-command.
    url: Annotated[
        str,
        StringConstraints(max_length=2048, pattern=r"^https://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?$"),
        Field(description="Where the devices get the package from."),
    ]
    hash_type: Literal["MD5", "SHA256"]
    hash: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-fA-F]+$", max_length=64),
        Field(description="The package's own digest, in hexadecimal digits."),
    ]
    bundle_id: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9._-]+$", max_length=255),
        Field(description="The installed bundle's identifier."),
    ]
    bundle_version: Text
    title: Annotated[Text, Field(description="What the user of a device gets to read.")]
    size_bytes: Size

    # Of the field, and not of the model: a request is told all that is wrong with it at once.
    @field_validator("hash")
    @classmethod
    def _hash_fits_its_type(cls, value: str, info: ValidationInfo) -> str:
        digits = HEX_DIGITS.get(info.data.get("hash_type", ""))
        if digits is not None and len(value) != digits:
            raise ValueError(f"{info.data['hash_type']} has {digits} hexadecimal digits")
        return value


class Payload(ConnectorPayload):
    """Install a package on the computers of a group, or on computers by their ids.

    The task ends when Jamf Pro has queued the commands; the devices carry them out later.
    """

    model_config = ConfigDict(
        extra="forbid",
        validate_default=True,
        json_schema_extra={
            "oneOf": [{"required": ["group_id"]}, {"required": ["device_ids"]}],
            "examples": [
                {
                    "package": {
                        "url": "https://packages.example.com/agent-2.4.1.pkg",
                        "hash_type": "SHA256",
                        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        "bundle_id": "com.example.agent",
                        "bundle_version": "2.4.1",
                        "title": "Example Agent",
                        "size_bytes": 48211034,
                    },
                    "group_id": "12",
                },
            ],
        },
    )

    package: Package
    group_id: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,9}$")] | None,
        Field(description="The computer group, by its id in Jamf Pro."),
    ] = None
    device_ids: Annotated[
        Annotated[
            list[DeviceId],
            Field(min_length=1, max_length=MOST_DEVICES),
            AfterValidator(_distinct),
        ]
        | None,
        Field(description="The computers, by their ids in Jamf Pro."),
    ] = None

    @property
    def deployed(self) -> tuple[str, ...]:
        """The package, by the bundle that it installs."""
        return (self.package.bundle_id,)

    # Fields come in their order, so the last of the two looks at the other one.
    @field_validator("device_ids")
    @classmethod
    def _one_target(cls, value: Any, info: ValidationInfo) -> Any:
        if (value is None) is (info.data.get("group_id", WRONG) is None):
            raise ValueError("expected either `group_id` or `device_ids`")
        return value

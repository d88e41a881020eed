"""What may be asked of Configuration Manager. Imported where requests are validated."""

from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from breakwater.ports.payloads import ConnectorPayload, Moment


class Payload(ConnectorPayload):
    """Deploy an application to a collection, and optionally await its installation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "application_name": "7-Zip 24.08",
                    "collection_id": "PS100042",
                    "purpose": "required",
                    "action": "install",
                    "enforcement_deadline": "2026-06-01T18:00:00Z",
                    "await_installation": True,
                }
            ]
        },
    )

    application_name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=256,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="The application's name in the console; it must be one application's.",
        ),
    ]
    collection_id: Annotated[
        str,
        Field(
            pattern=r"^[A-Z0-9]{3}[0-9A-F]{5}$",
            description="The collection's id: its site's code and five hexadecimal digits.",
        ),
    ]
    purpose: Literal["required", "available"]
    action: Literal["install", "uninstall"]
    start_time: Annotated[
        Moment | None,
        Field(
            description="From when devices may get it, with an offset, in the years 2000 to 2099; "
            "at once by default."
        ),
    ] = None
    enforcement_deadline: Annotated[
        Moment | None,
        Field(
            description="When a required one is enforced, in the years 2000 to 2099; as soon as it "
            "starts by default."
        ),
    ] = None
    await_installation: Annotated[
        bool, Field(description="Whether the task ends only when the devices have reported.")
    ] = False

    @property
    def deployed(self) -> tuple[str, ...]:
        """The application, by its name."""
        return (self.application_name,)

    @field_validator("action")
    @classmethod
    def _an_uninstallation_is_required(cls, action: str, info: ValidationInfo) -> str:
        if action == "uninstall" and info.data.get("purpose") == "available":
            raise ValueError("an uninstallation is always required, never available")
        return action

    @field_validator("enforcement_deadline")
    @classmethod
    def _a_deadline_enforces(cls, deadline: Moment | None, info: ValidationInfo) -> Moment | None:
        if deadline is None:
            return deadline
        if info.data.get("purpose") == "available":
            raise ValueError("an available application is never enforced")
        start = info.data.get("start_time")
        if start is not None and deadline < start:
            raise ValueError("the deadline is before start_time")
        return deadline

    @field_validator("await_installation")
    @classmethod
    def _available_is_never_installed_by_us(cls, awaited: bool, info: ValidationInfo) -> bool:
        if awaited and info.data.get("purpose") == "available":
            raise ValueError(
                "an available application is installed by its users: there is nothing to await"
            )
        return awaited

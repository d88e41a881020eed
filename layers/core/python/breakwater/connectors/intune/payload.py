"""What may be asked of Intune. Imported where requests are validated, never in a step."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from breakwater.ports.payloads import ConnectorPayload


class Payload(ConnectorPayload):
    """Assign an app to a group, and optionally await its installation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "app_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001",
                    "group_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0099",
                    "intent": "required",
                    "await_installation": True,
                }
            ]
        },
    )

    app_id: Annotated[UUID, Field(description="The mobile app's id in Graph.")]
    group_id: Annotated[UUID, Field(description="The Entra group whose devices get it.")]
    intent: Literal["required", "available", "uninstall"]
    await_installation: Annotated[
        bool, Field(description="Whether the task ends only when the devices have reported.")
    ] = False

    @property
    def deployed(self) -> tuple[str, ...]:
        """The app, by its id."""
        return (str(self.app_id),)

    @model_validator(mode="after")
    def _available_is_never_installed_by_us(self) -> "Payload":
        if self.await_installation and self.intent == "available":
            raise ValueError(
                "an available app is installed by its users: there is nothing to await"
            )
        return self

"""A payload for bodies of any size."""

from pydantic import Field

from breakwater.ports.payloads import ConnectorPayload


class FreePayload(ConnectorPayload):
    """A payload that may grow as large as a body."""

    a: str
    b: list[float] = Field(default_factory=list)

    @property
    def deployed(self) -> tuple[str, ...]:
        return ("anything",)

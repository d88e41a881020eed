"""What every connector's payload can say of itself. Imported where requests are validated only."""

from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

Moment = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))
]
"""A time with an offset. Without bounds it may be one that UTC, in which vendors are told it, does
not have: 9999-12-31T23:59:59-01:00."""


class ConnectorPayload(BaseModel):
    """A validated payload of a deployment."""

    @property
    @abstractmethod
    def deployed(self) -> Iterable[str]:
        """The names of what it deploys, as the vendor knows them: its history is found by them."""

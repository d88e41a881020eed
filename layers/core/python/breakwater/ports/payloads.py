"""What every connector's payload can say of itself. Imported where requests are validated only."""

from abc import abstractmethod
from collections.abc import Iterable

from pydantic import BaseModel


class ConnectorPayload(BaseModel):
    """A validated payload of a deployment."""

    @property
    @abstractmethod
    def deployed(self) -> Iterable[str]:
        """The names of what it deploys, as the vendor knows them: its history is found by them."""

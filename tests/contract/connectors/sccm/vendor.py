"""Configuration Manager's stand-in, in the words of its own control routes."""

from typing import Any

from infra.local.standins.server import StandIns
from tests.contract.connectors.vendor import Vendor


class Sccm(Vendor):
    """The stand-in's applications, assignments, limits and counts."""

    name = "sccm"

    def application(self, model_id: int, **script: Any) -> None:
        """Create an application, or change how one behaves."""
        self.tell("/applications", {"model_id": model_id, **script})

    def limits(self, **limits: Any) -> None:
        self.tell("/settings", limits)

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def assignments(self) -> list[dict[str, Any]]:
        """Return every assignment that was made, visible or not."""
        found: list[dict[str, Any]] = self.look("/assignments")["assignments"]
        return found

    def made(self, name: str, collection_id: str) -> int:
        """Return how many assignments of an application to a collection were made."""
        return int(self.effects("assignments", "made", name, collection_id))


class WindowsSccm(Sccm):
    """The same, with connectors that log in by NTLM: each call takes two legs."""

    def __init__(self, standins: StandIns) -> None:
        super().__init__(standins)
        self.settings = {"provider_url": self.settings["provider_url"], "login": "ntlm"}

"""Landscape's stand-in, in the words of its own control routes."""

from datetime import datetime
from typing import Any

from tests.contract.connectors.vendor import Vendor


class Landscape(Vendor):
    """The stand-in's computers, activities and counts."""

    name = "landscape"

    def script(self, **script: Any) -> None:
        """Change how Landscape behaves."""
        self.tell("/settings", script)

    def set_time(self, now: datetime) -> None:
        self.script(now=now.isoformat())

    def computer(self, computer_id: int, **spec: Any) -> None:
        """Create a computer, or replace one."""
        self.tell("/computers", {"id": computer_id, **spec})

    def somebody_begins(self, summary: str | None, creator: str, *computers: int) -> str:
        """Begin an activity that is none of ours, and return its id."""
        body = {"summary": summary, "creator": creator, "computer_ids": list(computers)}
        return str(self.tell("/activities", body)["id"])

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def parents(self) -> list[dict[str, Any]]:
        """Return the activities that were begun, visible or not, without their children."""
        listed = self.look("/activities")["activities"]
        return [one for one in listed if one["parent_id"] is None]

    def installs(self, *path: str) -> int:
        """Return how often something was really begun: all of it, or by kind and names."""
        count = self.effects("install", *path)
        return count if isinstance(count, int) else sum(map(_total, count.values()))

    def begun(self) -> int:
        """Return the number of POSTs that have arrived to begin something."""
        arrived = self.requests("POST", "/landscape/api/")
        return sum(not one["path"].endswith("/login/access-key") for one in arrived)


def _total(node: Any) -> int:
    return node if isinstance(node, int) else sum(map(_total, node.values()))

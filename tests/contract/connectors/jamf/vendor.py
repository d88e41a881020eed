"""Jamf Pro's stand-in, in the words of its own control routes."""

from datetime import datetime
from typing import Any

from tests.contract.connectors.vendor import Vendor


class Jamf(Vendor):
    """The stand-in's computers, commands and counts."""

    name = "jamf"

    def script(self, **script: Any) -> None:
        """Change how Jamf behaves."""
        self.tell("/settings", script)

    def set_time(self, now: datetime) -> None:
        self.script(now=now.isoformat())

    def computer(self, device: int, **spec: Any) -> None:
        """Create a computer, or replace one."""
        self.tell("/computers", {"id": device, **spec})

    def somebody_sends(self, device: int, **command: Any) -> str:
        """Send a command that is none of ours, and return its uuid."""
        return str(self.tell("/commands", {"device": device, **command})["uuid"])

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def commands(self) -> list[dict[str, Any]]:
        """Return every command with its device, listed or not."""
        found: list[dict[str, Any]] = self.look("/commands")["commands"]
        return found

    def queued(self, device: int, bundle_id: str) -> int:
        """Return how often a package was really queued for a device."""
        return int(self.effects("deploy", "commands", str(device), bundle_id))

    def posts(self) -> int:
        """Return how many deployments were really carried out."""
        return int(self.effects("deploy", "posts"))

    def sent(self) -> int:
        """Return how many deployments have arrived, whatever became of them."""
        return len(self.requests("POST", "/deploy-package"))

    def most_connected(self) -> int:
        """Return how many requests were under way at once, at most."""
        return int(self.look("/connections")["most"])

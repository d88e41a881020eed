"""Intune's stand-in, in the words of its own control routes."""

from typing import Any

from tests.contract.connectors.vendor import Vendor


class Intune(Vendor):
    """The stand-in's apps, limits and counts."""

    name = "intune"

    def app(self, app_id: str, **script: Any) -> None:
        """Create an app, or change how one behaves."""
        self.tell("/apps", {"id": app_id, **script})

    def limits(self, **limits: Any) -> None:
        self.tell("/settings", limits)

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def assignments(self, app_id: str) -> list[dict[str, Any]]:
        """Return an app's true assignments, visible or not."""
        apps = {app["id"]: app for app in self.look("/apps")["apps"]}
        found: list[dict[str, Any]] = apps[app_id]["assignments"]
        return found

    def groups(self, app_id: str) -> list[tuple[str, str]]:
        """Return the group and the intent of each assignment."""
        return [(one["target"]["groupId"], one["intent"]) for one in self.assignments(app_id)]

    def posts(self, app_id: str) -> int:
        """Return how often the set of an app's assignments was replaced."""
        return int(self.effects("assign", "posts", app_id))

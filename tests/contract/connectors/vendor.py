"""The stand-in's control surface, as tests use it, and a clock that it shares."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from infra.local.standins.server import StandIns
from tests.fakes.clock import FakeClock


class Vendor:
    """Intune's stand-in: what it should do, and what was really done to it."""

    def __init__(self, standins: StandIns) -> None:
        self._control = standins.control_url
        self.url = standins.url_of("intune")

    def reset(self) -> None:
        self._ask("POST", "/reset")

    def fault(self, kind: str, call: str = "", count: int | None = 1, **options: Any) -> None:
        """Arm a fault for `call`, "METHOD path", and only `count` of them."""
        method, _, path = call.partition(" ")
        match = {name: value for name, value in (("method", method), ("path", path)) if value}
        body = {"kind": kind, "match": match, **options}
        self._ask("POST", "/faults", body if count is None else {**body, "count": count})

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def hits(self) -> int:
        """Return how often armed faults have struck."""
        return sum(fault["hits"] for fault in self._ask("GET", "/faults")["faults"])

    def app(self, app_id: str, **script: Any) -> None:
        """Create an app, or change how one behaves."""
        self._ask("POST", "/intune/apps", {"id": app_id, **script})

    def limits(self, **limits: Any) -> None:
        self._ask("POST", "/intune/settings", limits)

    def expire_tokens(self) -> None:
        self._ask("POST", "/intune/expire-tokens")

    def skip(self, seconds: float) -> None:
        self._ask("POST", "/clock", {"advance_seconds": seconds})

    def assignments(self, app_id: str) -> list[dict[str, Any]]:
        """Return an app's true assignments, visible or not."""
        apps = {app["id"]: app for app in self._ask("GET", "/intune/apps")["apps"]}
        found: list[dict[str, Any]] = apps[app_id]["assignments"]
        return found

    def groups(self, app_id: str) -> list[tuple[str, str]]:
        """Return the group and the intent of each assignment."""
        return [(one["target"]["groupId"], one["intent"]) for one in self.assignments(app_id)]

    def effects(self, *path: str) -> Any:
        """Return the count at `path` below Intune, 0 where nothing was counted."""
        node: Any = self._ask("GET", "/effects").get("intune", {})
        for step in path:
            node = node.get(step, {})
        return node or 0

    def posts(self, app_id: str) -> int:
        """Return how often the set of an app's assignments was replaced."""
        return int(self.effects("assign", "posts", app_id))

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        """Return the requests that have arrived, answered or not."""
        listed = self._ask("GET", "/requests")["requests"]
        return [one for one in listed if one["method"] == method and path in one["path"]]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")


class VendorClock(FakeClock):
    """A clock that takes the vendor's time along, for what only shows or expires after a while."""

    def __init__(self, vendor: Vendor) -> None:
        super().__init__()
        self._vendor = vendor

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._vendor.skip(seconds)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread, or the vendor's own, is about to do."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)

"""The stand-in's control surface, as tests use it, and a clock that it shares."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import client
from tests.fakes.clock import FakeClock

SLOW = {"delay", "hang", "trickle"}


class Vendor:
    """A stand-in, as new: what it should do, and what was really done to it."""

    name: ClassVar[str]
    is_slow = False
    """Whether it was told to let somebody wait."""

    def __init__(self, standins: StandIns) -> None:
        self.url = standins.url_of(self.name)
        self.settings = dict(standins.settings_of(self.name))
        self.secret = dict(standins.secret_of(self.name))
        self._control = standins.control_url
        self._ask("POST", "/reset")

    def fault(self, kind: str, call: str = "", count: int | None = 1, **options: Any) -> None:
        """Arm a fault for `call`, "METHOD path", and only `count` of them."""
        self.is_slow = self.is_slow or kind in SLOW
        method, _, path = call.partition(" ")
        match = {name: value for name, value in (("method", method), ("path", path)) if value}
        body = {"kind": kind, "match": match, **options}
        self._ask("POST", "/faults", body if count is None else {**body, "count": count})

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def hits(self) -> int:
        """Return how often armed faults have struck."""
        return sum(fault["hits"] for fault in self._ask("GET", "/faults")["faults"])

    def tell(self, path: str, body: Any = None) -> Any:
        """Post to one of the vendor's own control routes, and return its answer."""
        return self._ask("POST", f"/{self.name}{path}", body)

    def look(self, path: str) -> Any:
        """Read one of the vendor's own control routes."""
        return self._ask("GET", f"/{self.name}{path}")

    def set_time(self, now: datetime) -> None:
        """Tell the vendor what time it is, if it has a time of its own."""

    def skip(self, seconds: float) -> None:
        self._ask("POST", "/clock", {"advance_seconds": seconds})

    def effects(self, *path: str) -> Any:
        """Return the count at `path` below the vendor, 0 where nothing was counted."""
        node: Any = self._ask("GET", "/effects").get(self.name, {})
        for step in path:
            node = node.get(step, {})
        return node or 0

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        """Return the requests that have arrived, answered or not."""
        listed = self._ask("GET", "/requests")["requests"]
        return [one for one in listed if one["method"] == method and path in one["path"]]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        with client(self._control) as control:
            answer = control.request(method, path, json=body).raise_for_status()
        return answer.json() if answer.content else None


def is_call(call: str, method: str, target: str) -> bool:
    """Tell whether a request is `call`, "METHOD path"; one that ends in a slash ends the target."""
    meant, _, path = call.partition(" ")
    found = target.endswith(path) if path.endswith("/") else path in target
    return found and method == meant


class VendorClock(FakeClock):
    """A clock that takes the vendor's time along, for what only shows or expires after a while."""

    def __init__(self, vendor: Vendor) -> None:
        super().__init__()
        self.vendor = vendor
        vendor.set_time(self.now())  # two clocks that are right agree

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self.vendor.skip(seconds)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread, or the vendor's own, is about to do."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)

"""Lets every vendor fail in every way that its stand-in knows, and kills whoever it talks to.

For each vendor there is a deck of all faults, before and after the vendor has done what was asked.
One is armed at a time, and the next one only after some peace: a vendor that never answers keeps
its circuit open, and nothing comes of those that wait for it. Those that strike after it are for
the calls that change something, because that is what leaves a doubt.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.datastructures import Headers
from starlette.types import Scope

from infra.local.standins.wire import Answer
from tests.chaos.decks import Deck, stream
from tests.chaos.slayer import Slayer
from tests.chaos.strikes import Strike, Strikes

KINDS: Mapping[str, Mapping[str, Any]] = {
    "status": {},
    "delay": {"seconds": 2.0},
    "hang": {},
    "trickle": {"interval_seconds": 0.05, "from_first_byte": True},
    "reset": {},
    "malformed": {},
    "html": {"status": 502},
    "truncated": {},
}
"""Every fault that the stand-ins have, and what it needs to be told."""
REFUSALS = (429, 403, 404)
"""Statuses by which a vendor says that it has done nothing: never those of one that has."""
FAILURES = (500, 502, 503, 504, 408)
EFFECTS: Mapping[str, str] = {
    "intune": "/assign",
    "jamf": "/deploy-package",
    "sccm": "SMS_ApplicationAssignment",
    "landscape": "/landscape/api/",
    "ansible": "/launch/",
    "servicenow": "change_request",
    "jira": "/rest/api/3/issue",
    "ai": "/v1/chat/completions",
}
"""Where a vendor's requests go that change something, with POST."""
KILLED = "killed while the vendor answers"
_REFUSES = 0.3
_GLANCE_SECONDS = 0.5
PEACE_SECONDS = 8.0
"""How long a vendor is left alone after a fault has struck. Each is asked for something about every
other second: some of it succeeds, and a probe has a chance."""


@dataclass
class Plague:
    """Arms faults at the stand-ins' control surface until it ends."""

    seed: int
    control: httpx.Client
    vendors: tuple[str, ...]
    monotonic: Callable[[], float] = time.monotonic
    _armed: dict[str, str] = field(default_factory=dict)
    """Which vendor each fault is for, by the fault's id."""
    _waited: dict[str, float] = field(default_factory=dict)
    """When each vendor's fault was last seen waiting for a request."""
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        cards = {f"{kind} {when}": 1 for kind in KINDS for when in ("before", "after")}
        self._decks = {
            vendor: Deck(self.seed, f"plague {vendor}", cards) for vendor in self.vendors
        }
        self._chance = stream(self.seed, "plague")

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Let them fail while the body runs."""
        thread = threading.Thread(target=self._rage, name="plague", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()
            self.control.delete("/faults").raise_for_status()

    def arm_missing(self) -> None:
        """Arm the next fault of each vendor that has had some peace since the last one."""
        now = self.monotonic()
        faults = self.control.get("/faults").raise_for_status().json()["faults"]
        waiting = {
            self._armed.get(fault["id"]) for fault in faults if fault["hits"] < fault["count"]
        }
        for vendor in self.vendors:
            if vendor in waiting:
                self._waited[vendor] = now
            elif now - self._waited.get(vendor, -PEACE_SECONDS) >= PEACE_SECONDS:
                self._arm(vendor)
                self._waited[vendor] = now

    def _arm(self, vendor: str) -> None:
        armed = self.control.post("/faults", json=self._next(vendor)).raise_for_status()
        self._armed[armed.json()["id"]] = vendor

    def _rage(self) -> None:
        while not self._stopped.wait(_GLANCE_SECONDS):
            self.arm_missing()

    def _next(self, vendor: str) -> dict[str, Any]:
        kind, when = self._decks[vendor].draw().split()
        fault: dict[str, Any] = {"kind": kind, "when": when, "count": 1, **KINDS[kind]}
        changing = {"path": EFFECTS.get(vendor, f"/{vendor}/"), "method": "POST"}
        fault["match"] = changing if when == "after" else {"path": f"/{vendor}/"}
        if kind == "status":
            refuses = when == "before" and self._chance.random() < _REFUSES
            fault["status"] = self._chance.choice(REFUSALS if refuses else FAILURES)
            if fault["status"] == 429:
                fault["retry_after"] = "1"
        return fault


def struck(control: httpx.Client) -> list[Strike]:
    """Return what the stand-ins have counted of the faults that fired."""
    found = control.get("/strikes").raise_for_status().json()["strikes"]
    return [strike_of(entry) for entry in found]


def strike_of(entry: Mapping[str, Any]) -> Strike:
    """Return the fault that one request at a stand-in ran into."""
    vendor = entry["path"].strip("/").split("/")[0]
    return Strike(
        kind=f"{vendor}: {entry['fault']}",
        whose=entry["headers"].get("x-correlation-id"),
        into=f"{entry['method']} {entry['path']} ({entry['when']})",
        # Whoever only reads learns nothing, and nothing has happened.
        casts_doubt=entry["method"] != "GET",
        at=entry["at"],
    )


class Ambush:
    """Kills the worker whose effect a vendor has just carried out, before it hears of it."""

    def __init__(
        self,
        seed: int,
        *,
        slayer: Slayer,
        strikes: Strikes,
        tasks_of: Callable[[str], list[str]],
        blanks: int,
    ) -> None:
        self._seed, self._blanks = seed, blanks
        self._slayer, self._strikes, self._tasks_of = slayer, strikes, tasks_of
        self._decks: dict[str, Deck] = {}
        self.armed = False

    def __call__(self, vendor: str, scope: Scope, body: bytes, answer: Answer) -> None:
        """Watch an exchange (see misbehaviour.Watch)."""
        effect = scope["method"] == "POST" and EFFECTS.get(vendor, "\0") in scope["path"]
        if not self.armed or not effect or self._deck(vendor).draw() != KILLED:
            return
        correlation = Headers(scope=scope).get("x-correlation-id", "")
        for task in self._tasks_of(correlation):
            if self._slayer.slay_worker_of(task):
                self._strikes.add(
                    Strike(kind=KILLED, whose=task, into=scope["path"], casts_doubt=True)
                )

    def _deck(self, vendor: str) -> Deck:
        if vendor not in self._decks:
            self._decks[vendor] = Deck(
                self._seed, f"ambush {vendor}", {KILLED: 1}, blanks=self._blanks
            )
        return self._decks[vendor]

"""A vendor whose effects are counted, and whose connector is cut around the one that it has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from breakwater.domain.progress import (
    Absent,
    Done,
    Found,
    InProgress,
    Lookup,
    Progress,
    Undecidable,
)
from breakwater.ports import Run


def nothing() -> None:
    """Let the connector go on."""


@dataclass
class Vendor:
    """A ports.Connector and what stands at its vendor.

    `can_tell`: whether an effect of an earlier attempt can be looked up. `slow`: whether it is at
    work for a while, so that it has to be polled.
    """

    can_tell: bool = True
    slow: bool = False
    effects: list[str] = field(default_factory=list)
    before: Callable[[], None] = nothing
    after: Callable[[], None] = nothing

    def submit(self, run: Run, payload: Mapping[str, Any]) -> Progress:
        with run.effect("assign") as receipt:
            self._once("before")
            self.effects.append(run.mark)
            self._once("after")
            receipt.handle = {"of": run.mark}
        return InProgress(receipt.handle) if self.slow else Done({"done": True})

    def find_effect(
        self, run: Run, payload: Mapping[str, Any], intent: Mapping[str, Any]
    ) -> Lookup:
        if not self.can_tell:
            return Undecidable("the vendor cannot be searched")
        return Found({"of": run.mark}) if run.mark in self.effects else Absent()

    def poll(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> Progress:
        return Done({"done": True})

    def cancel(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> bool:
        return False

    def probe(self, run: Run) -> None:
        """Nobody asks."""

    def _once(self, name: str) -> None:
        hook = getattr(self, name)
        setattr(self, name, nothing)
        hook()

"""Who documents a deployment: the intent first, one request, and a look-up before another one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from breakwater.domain.changes import Change
from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Absent, Found, NotVisibleYet
from tests.contract.connectors.servicenow.world import World

PAUSE = 60.0


class Caller:
    """Opens a change as the service does; `seen` is what each of its attempts came to."""

    def __init__(self, world: World, change: Change) -> None:
        self.world = world
        self.change = change
        self.intended_at: datetime | None = None
        self.seen: list[str] = []

    def run(self, attempts: int = 20) -> Mapping[str, Any]:
        """Try until the record stands, whatever an attempt raises that may pass."""
        for _ in range(attempts):
            try:
                handle = self.attempt()
            except TransientError as error:
                self.seen.append(type(error).__name__)
                handle = None
            if handle is not None:
                return handle
            self.world.clock.advance(PAUSE)
        raise AssertionError(self.seen)

    def attempt(self) -> Mapping[str, Any] | None:
        """Make one attempt; None: ask again later."""
        if self.intended_at is not None:
            found = self.world.find(self.change, tried_at=self.intended_at)
            self.seen.append(type(found).__name__)
            match found:
                case Found(handle):
                    return handle
                case NotVisibleYet(until):
                    left = (until - self.world.clock.now()).total_seconds()
                    self.world.clock.advance(left - PAUSE)
                    return None
                case Absent():
                    pass
                case _:
                    raise AssertionError(found)
        self.intended_at = self.world.clock.now()
        try:
            return self.world.open(self.change)
        except TransientError as error:
            if not error.may_have_applied:
                self.intended_at = None
            raise

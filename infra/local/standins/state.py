"""What every vendor's memory is made of: tokens, the time of day, settings, and starting afresh.

A vendor's own `state` module adds what it alone remembers.
"""

import math
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.ledger import Clock, Effects
from infra.local.standins.validation import Strict, parse


class Tokens:
    """The tokens that a vendor has issued; each is good until its lifetime is over."""

    def __init__(self, clock: Clock, count: Callable[[str, str], None]) -> None:
        self._clock = clock
        self._count = count
        self._ends: dict[str, float] = {}

    def issue(self, seconds: float) -> str:
        """Return a new token, good for so long."""
        token = f"stand-in.{secrets.token_urlsafe(32)}"
        self._ends[token] = self._clock.now() + seconds
        self._count("login", "tokens")
        return token

    def good(self, token: str) -> bool:
        """Tell whether a token was issued here and still lives."""
        return self._ends.get(token, -math.inf) > self._clock.now()

    def expire(self) -> int:
        """Let every token expire at once; return how many there were."""
        count = len(self._ends)
        self._ends.clear()
        return count

    def expiry_route(self) -> Route:
        """Return the control route that lets every token expire."""

        async def expire(_: Request) -> Response:
            return JSONResponse({"expired": self.expire()})

        return Route("/expire-tokens", expire, methods=["POST"])


class WallClock:
    """The time of day at a vendor: it goes on with the stand-ins' clock from what it was set to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.set(datetime.now(UTC))

    def set(self, now: datetime) -> None:
        """Let it be `now`."""
        self._start = now - timedelta(seconds=self._clock.now())

    def now(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self._clock.now())


class Timed(Strict):
    """Base of settings that set the vendor's time of day too."""

    now: AwareDatetime | None = None


Settings = TypeVar("Settings", bound=Strict)


class VendorState(ABC, Generic[Settings]):
    """Everything that a reset forgets."""

    settings: Settings
    """What the control routes can change for the whole vendor."""
    name: ClassVar[str]
    """What the vendor is served under, and its effects are counted under."""

    def __init__(self, clock: Clock, effects: Effects) -> None:
        self.clock = clock
        self.tokens = Tokens(clock, self.count)
        self.wall = WallClock(clock)
        self._effects = effects
        self.restore()

    def count(self, *path: str) -> None:
        """Count an effect: operation, what, and which."""
        self._effects.count(self.name, *path)

    def reset(self) -> None:
        """Start afresh: no token is good, it is now, and only what is seeded is there."""
        self.tokens.expire()
        self.wall.set(datetime.now(UTC))
        self.restore()

    def settings_route(self) -> Route:
        """Return the control route that changes the settings it is given, and answers with all."""
        return Route("/settings", self._change, methods=["POST"])

    async def _change(self, request: Request) -> Response:
        change = parse(TypeAdapter(type(self.settings)), await request.body())
        if isinstance(change, Timed) and change.now is not None:
            self.wall.set(change.now)
        self.settings = self.settings.changed_by(change)
        return JSONResponse(self.settings.model_dump(mode="json"))

    @abstractmethod
    def restore(self) -> None:
        """Go back to what a fresh vendor has, and to its documented settings."""

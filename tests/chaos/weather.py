"""Which fault comes next, and when everything fails at once."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.calls import Call
from tests.chaos.decks import Deck, stream

THROTTLE, TIMEOUT, LOST_REPLY = "throttled", "timed out", "lost reply"
KILL_BEFORE, KILL_AFTER = "killed before its request", "killed after its request"

SERVICES = ("dynamodb", "states")
_BLANKS = 118
_FEWER_BLANKS = {"Settle": 8, "UpkeepCircuits": 18, "UpkeepTasks": 58, "DeploymentDocument": 38}
"""What is called seldom is killed as often. (Not the sweep as often as the others: the promise that
a task ends soon after its deadline is made for one that comes through every other minute.)"""


@dataclass(frozen=True, slots=True)
class Burst:
    """A while in which a service refuses everything. Seconds from the storm's begin."""

    service: str
    begins: float
    lasts: float


class Weather:
    """Deals a card for each request; calm until it begins and after it has ended."""

    def __init__(
        self,
        seed: int,
        *,
        bursts: Sequence[Burst] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seed, self._bursts, self._monotonic = seed, bursts, monotonic
        self._began: float | None = None
        # Few requests go to Step Functions, so that each of its decks is soon through.
        faults = {THROTTLE: 2, TIMEOUT: 1, LOST_REPLY: 2}
        self._decks = {
            "dynamodb": Deck(seed, "dynamodb", faults, blanks=150),
            "states": Deck(seed, "states", faults, blanks=12),
        }
        self._kills: dict[str, Deck] = {}

    def begin(self) -> None:
        """Let it come."""
        self._began = self._monotonic()

    def end(self) -> None:
        """Let nothing come any more."""
        self._began = None

    def card(self, function: str, call: Call) -> str:
        """Return what happens to a request; "" for nothing."""
        if self._began is None or call.service not in self._decks:
            return ""
        passed = self._monotonic() - self._began
        if any(
            burst.service == call.service and 0 <= passed - burst.begins < burst.lasts
            for burst in self._bursts
        ):
            return THROTTLE
        works = call.task is not None and call.worker is not None
        if works and (kill := self._kill(function)):
            return kill
        return self._decks[call.service].draw()

    def _kill(self, function: str) -> str:
        if function not in self._kills:
            kills = {KILL_BEFORE: 1, KILL_AFTER: 1}
            blanks = _FEWER_BLANKS.get(function, _BLANKS)
            self._kills[function] = Deck(self._seed, f"kills {function}", kills, blanks=blanks)
        return self._kills[function].draw()


def bursts(seed: int, seconds: float) -> tuple[Burst, ...]:
    """Return a storm's bursts: each service refuses everything twice, for two seconds."""
    chance = stream(seed, "bursts")
    return tuple(
        Burst(service, seconds * chance.uniform(low, low + 0.3), 2.0)
        for service in SERVICES
        for low in (0.1, 0.55)
    )

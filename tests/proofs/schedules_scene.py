"""A scene of the schedules: who takes part, how often each thing may happen, and what can be next.

A world is everything that there is at one moment of a schedule: what stands in the store, where
each program waits, and what has been seen. A move is one step of one of them; a schedule is a list
of moves, and leads to the same world whenever it is played.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode
from tests.proofs.schedules_cast import Calling, Idle
from tests.proofs.schedules_seen import Seen
from tests.proofs.schedules_stores import Request
from tests.proofs.stateful_wire import Fault

CALLERS = "abcd"
OPERATORS = ("operator", "second operator")
UPKEEP, CLOCK, SERVICE, STORE = "upkeep", "clock", "service", "store"
CALLS = "calls"
"""A whole call, in what has happened before."""
BEGINS, GOES_ON, ENDS, UNJUDGED = "begins", "goes on", "ends", "ends without a verdict"
DIES, RECOVERS, LANDS = "dies", "recovers", "applies what was late"
CRASHES = "crashes"
FAULTS: Mapping[str, Fault] = {
    "is throttled": Fault.THROTTLED,
    "gets no reply": Fault.LOST,
    "gets no reply, it is late": Fault.LATE,
    "reads a replica that lags": Fault.STALE,
    "crashes before it is sent": Fault.DIES_BEFORE,
    "crashes when it has landed": Fault.DIES_AFTER,
}
WRITES_ONLY = {Fault.LOST, Fault.LATE, Fault.DIES_AFTER}
"""A read of which the same is said is one that is throttled."""
JUMPS: Mapping[str, float | None] = {"window": 6.5, "moment": None, "memory": 601.0}
"""How far the clock may move: past a cache window, to the circuit's next moment, past a run."""


class Move(NamedTuple):
    """Who does what."""

    who: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who takes part, and how often each thing may happen."""

    name: str
    callers: int = 2
    calls: int = 2
    """Of each caller."""
    fail_max: int = 2
    proofs: int = 1
    is_dead: bool = True
    """Whether the service is, to begin with."""
    may: Mapping[str, int] = field(default_factory=dict)
    """How often, by what it is: a move, or CRASHES for those of every kind."""
    overrides: int = 0
    """Of each operator."""
    operators: int = 1
    upkeeps: int = 0
    first: tuple[Move, ...] = ()
    """What has happened before, one thing after the other."""
    preemptions: int | None = None
    """How often somebody else may go on while one waits for the store; None: always."""
    walks: int = 0
    """In how many schedules, drawn at random; 0: in all that there are."""

    @property
    def settings(self) -> BreakerSettings:
        return BreakerSettings(fail_max=self.fail_max, successes_to_close=self.proofs)

    def turns(self) -> dict[str, int]:
        """Return how often everybody may begin something."""
        turns = dict.fromkeys(CALLERS[: self.callers], self.calls)
        others = dict.fromkeys(OPERATORS[: self.operators], self.overrides)
        others[UPKEEP] = self.upkeeps
        return turns | {name: count for name, count in others.items() if count}


class Actor(NamedTuple):
    """One program at one moment."""

    turns: int
    """How often it may still begin something."""
    life: int = 0
    point: int = 0
    call: Calling | None = None
    """The one under way, or being reported."""
    end: str = ""
    """How that ends: as the service was when the call reached it."""
    began_at: float = 0.0
    writes: int = 0
    """Since it last was idle."""


@dataclass(slots=True)
class World:
    """Everything at one moment."""

    seen: Seen
    stands: Any
    actors: dict[str, Actor]
    left: dict[str, int]
    """How often each thing may still happen."""
    is_dead: bool
    late: list[tuple[Request, Calling | None]] = field(default_factory=list)
    running: str = ""
    """Who waits for the store and would be preempted, where that is counted."""
    preemptions: int = 0

    @property
    def now(self) -> float:
        return self.seen.clock.now

    def may(self, what: str) -> bool:
        """Whether something may still happen."""
        return self.left.get(kind(what), 0) > 0

    def pay(self, what: str) -> None:
        """Count that it has happened."""
        if kind(what) in self.left:
            self.left[kind(what)] -= 1


def kind(what: str) -> str:
    """Return what a move counts as."""
    return CRASHES if what.startswith(CRASHES) else what


def moves(world: World, requests: Mapping[str, Any], circuit: Circuit) -> Iterator[Move]:
    """Return everything that may happen next, where `requests` says what each actor asks."""
    for name, request in requests.items():
        for what in _of_actor(world, name, request, circuit):
            yield Move(name, what)
    if world.may(DIES) and not world.is_dead:
        yield Move(SERVICE, DIES)
    if world.may(RECOVERS) and world.is_dead:
        yield Move(SERVICE, RECOVERS)
    if world.late:
        yield Move(STORE, LANDS)
    for jump in JUMPS:
        if world.may(jump) and jumped(world.now, jump, circuit) > world.now:
            yield Move(CLOCK, jump)


def jumped(now: float, jump: str, circuit: Circuit) -> float:
    """Return the time after a jump of the clock."""
    far = JUMPS[jump]
    if far is not None:
        return now + far
    moments = (circuit.override_until, circuit.probe_until, circuit.retry_at)
    return next((moment for moment in moments if moment is not None), now - 1) + 0.1


def _of_actor(world: World, name: str, request: Any, circuit: Circuit) -> Iterator[str]:
    actor = world.actors[name]
    match request:
        case Idle() if actor.turns and not _waits_its_turn(world, name):
            yield from _beginnings(name, circuit)
        case Calling():
            yield ENDS
            yield from (what for what in (UNJUDGED, CRASHES) if world.may(what))
        case Request():
            yield GOES_ON
            if name in CALLERS:
                yield from _faults(world, request)


def _beginnings(name: str, circuit: Circuit) -> list[str]:
    if name not in OPERATORS:
        return [BEGINS]
    forced = [Mode.FORCED_OPEN.value, Mode.FORCED_CLOSED.value]
    return forced if circuit.override_mode is None else [*forced, Mode.AUTOMATIC.value]


def _faults(world: World, request: Request) -> Iterator[str]:
    for what, fault in FAULTS.items():
        fits = request.intent is not None or fault not in WRITES_ONLY
        if fault is Fault.STALE:
            fits = request.intent is None and world.seen.stale() is not None
        if fits and world.may(what):
            yield what


def _waits_its_turn(world: World, name: str) -> bool:
    """Cold callers are all alike: the first of them begins first."""
    if name not in CALLERS[1:]:
        return False
    return world.actors[CALLERS[CALLERS.index(name) - 1]] == Actor(world.actors[name].turns)

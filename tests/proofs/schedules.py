"""Proof (b): the real guard and store code, interleaved at every request to the store.

Small scenes are explored whole: every schedule, or every one with few preemptions. Schedules that
lead to the same world go on together, so that what follows is looked at once. Larger scenes are
walked through at random, from a fixed seed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from breakwater.resilience.circuit import Circuit
from tests.fakes.silence import silence
from tests.proofs.schedules_freezer import frozen, thawed
from tests.proofs.schedules_scene import GOES_ON, Move, Scene, World
from tests.proofs.schedules_stage import Stage
from tests.proofs.schedules_stores import Request, Store
from tests.proofs.stateful_seen import ViolationError

SEED = 1
"""Of the random walks."""
LIKELY = 4
"""How much likelier it is on a walk that all goes well than that each other thing happens."""


class Way(NamedTuple):
    """How a world was reached: the way to the one before it, and the last move."""

    before: "Way | None"
    move: Move


@dataclass
class Explored:
    """What was found in a scene."""

    scene: Scene
    schedules: int = 0
    worlds: int = 0
    steps: int = 0
    """Moves that were made; those of schedules that go on together are made once."""
    broken: str | None = None
    schedule: list[Move] = field(default_factory=list)
    """In which it broke."""

    @property
    def line(self) -> str:
        """Describe it in a line."""
        few, ways = self.scene.preemptions, f"{self.schedules:,} schedules"
        if not self.worlds:
            return f"{self.scene.name}: {ways} at random"
        which = "all" if few is None else f"all with preemptions up to {few}"
        return f"{self.scene.name}: {ways}, {which}, in {self.worlds:,} worlds"


def play(scene: Scene, store: Store, *, seed: int = SEED) -> Explored:
    """Play the schedules of a scene until a guarantee breaks."""
    return walk(scene, store, seed) if scene.walks else explore(scene, store)


def explore(scene: Scene, store: Store) -> Explored:
    """Play every schedule of a scene, the shortest first."""
    explorer = _Explorer(scene, store)
    with silence():  # the storage warns whenever it fails: here it often does
        try:
            explorer.run()
        except ViolationError as error:
            explorer.found.broken = str(error)
            explorer.found.schedule = _moves(explorer.way)
    return explorer.found


class _Explorer:
    """Goes through the worlds of a scene level by level: those of a level are as many moves in."""

    def __init__(self, scene: Scene, store: Store) -> None:
        self.found = Explored(scene)
        self.way: Way | None = None
        """To what is being tried."""
        self._stage = Stage(scene, store)
        self._healed: set[Any] = set()

    def run(self) -> None:
        level: dict[bytes, tuple[int, Way | None]] = {frozen(self._stage.start()): (1, None)}
        while level:
            following: dict[bytes, tuple[int, Way | None]] = {}
            for ice, (schedules, self.way) in level.items():
                self.found.worlds += 1
                before = self.way
                for world in self._successors(ice, schedules):
                    key = frozen(world)
                    others, way = following.get(key, (0, self.way))
                    following[key] = (others + schedules, way)
                    self.way = before
            level = following

    def _successors(self, ice: bytes, schedules: int) -> Iterator[World]:
        world, stage, before = thawed(ice), self._stage, self.way
        if stage.is_over(world):
            self.found.schedules += schedules
            stage.check_trail(world)
            # Once for all that leave the store like this; random walks all end by healing.
            if (world.stands, world.now) not in self._healed:
                self._healed.add((world.stands, world.now))
                stage.heal(world)
            return
        for move in stage.moves(world):
            self.found.steps += 1
            self.way = Way(before, move)
            there = thawed(ice)
            stage.take(there, move)
            yield there


def walk(scene: Scene, store: Store, seed: int) -> Explored:
    """Play some schedules of a scene at random, the same ones for the same seed."""
    found = Explored(scene)
    with silence():  # the storage warns whenever it fails: here it often does
        for number in range(scene.walks):
            # What it plays is remembered for as long as it pays: hardly anything comes twice.
            stage = Stage(scene, store)
            schedule = list[Move]()
            found.schedules += 1
            try:
                _walk(stage, schedule, Random(f"{seed} {number}"))  # noqa: S311 - a walk
            except ViolationError as error:
                found.broken = str(error)
                found.schedule = _shortened(stage, schedule, found.broken)
                break
            finally:
                found.steps += len(schedule)
    return found


def _walk(stage: Stage, schedule: list[Move], random: Random) -> None:
    world = stage.start()
    while not stage.is_over(world):
        schedule.append(_drawn(stage.moves(world), random))
        stage.take(world, schedule[-1])
    stage.heal(world)


def _shortened(stage: Stage, schedule: list[Move], broken: str) -> list[Move]:
    """Leave out every move without which the same guarantee breaks."""
    for place in reversed(range(len(schedule))):
        shorter = schedule[:place] + schedule[place + 1 :]
        if guarantee(_played(stage, shorter)) == guarantee(broken):
            schedule = shorter
    return schedule


def guarantee(broken: str) -> str:
    """Return which one broke, without the facts."""
    return broken.partition(":")[0]


def _played(stage: Stage, schedule: list[Move]) -> str:
    """Play a schedule and return what it breaks, if anything."""
    world = stage.start()
    try:
        for move in schedule:
            if move not in stage.moves(world):
                return ""
            stage.take(world, move)
        if stage.is_over(world):
            stage.heal(world)
    except ViolationError as error:
        return str(error)
    return ""


def tell(found: Explored, store: Store) -> list[str]:
    """Play the schedule that was found again and say what happens in it, a line for each move."""
    stage, lines = Stage(found.scene, store), list[str]()
    world = stage.start()
    with silence():  # the storage warns whenever it fails: here it often does
        for move in found.schedule:
            line = _line(stage, world, move)
            try:
                stage.take(world, move)
            except ViolationError as error:
                return [*lines, f"{line}: {error}"]
            lines.append(f"{line}: {_brief(stage.circuit(world))}")
    return lines


def _line(stage: Stage, world: World, move: Move) -> str:
    asked = stage.asks(world, move.who) if move.who in world.actors else None
    if not isinstance(asked, Request):
        return " ".join(move)
    what = "" if move.what == GOES_ON else f", {move.what}"
    return f"{move.who} sends {asked.name}{what}"


def _drawn(moves: Iterable[Move], random: Random) -> Move:
    """Draw who goes on, and then what of theirs happens: first is what does if all is well."""
    by_name: dict[str, list[Move]] = {}
    for move in moves:
        by_name.setdefault(move.who, []).append(move)
    theirs = by_name[random.choice(list(by_name))]
    return random.choice([theirs[0]] * (LIKELY - 1) + theirs)


def _brief(circuit: Circuit) -> str:
    words = [f"{circuit.state.value} in generation {circuit.generation}"]
    words += [f"{circuit.failures} failed"] if circuit.failures else []
    words += [f"probed by {circuit.probe_owner[:8]}"] if circuit.probe_owner else []
    words += [circuit.override_mode.value] if circuit.override_mode else []
    return ", ".join(words)


def _moves(way: Way | None) -> list[Move]:
    moves: list[Move] = []
    while way is not None:
        moves.append(way.move)
        way = way.before
    return moves[::-1]

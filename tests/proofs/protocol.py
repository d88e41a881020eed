"""Proof (a): the protocol as a small model, explored in every order of its steps."""

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.proofs.protocol_scene import Scene, Step, is_too_far
from tests.proofs.protocol_state import CLOSED, NONE, SETTINGS, World
from tests.proofs.protocol_steps import steps
from tests.proofs.protocol_writes import Protocol
from tests.proofs.report import show

STUCK = "closed cannot be reached again, though the service is healthy"


@dataclass
class Explored:
    """What an exploration found."""

    scene: Scene
    states: int = 0
    moves: int = 0
    reached: dict[int, int] = field(default_factory=dict)
    """By history: the most calls, crashes aside, that reached a dead service."""
    broken: str | None = None
    trace: list[str] = field(default_factory=list)
    at_goal: World | None = None


class Explorer:
    """Visits every world of a scene, nearest first; stops at the first broken guarantee."""

    def __init__(
        self,
        scene: Scene,
        protocol: Protocol,
        *,
        start: World | None = None,
        goal: Callable[[World], bool] | None = None,
    ) -> None:
        """Begin at `start`, and stop at the first world that is the `goal`."""
        self.scene = scene
        self.protocol = protocol
        self._start = start or scene.start()
        self._goal = goal
        self.found = Explored(scene)
        self._numbers: dict[World, int] = {}
        self._parents = array("l")
        self._labels: list[str] = []
        self._froms, self._tos = array("l"), array("l")

    def run(self) -> Explored:
        """Explore all of it, then look for the way back from everywhere."""
        self._number(self._start, -1, "")
        level, began = [self._start], time.monotonic()
        while level and not self._is_over():
            following: list[World] = []
            for world in level:
                self._visit(world, following)
                if self._is_over():
                    break
            level = following
            if time.monotonic() - began > 10:
                began = time.monotonic()
                show(f"    {self.scene.name}: {len(self._numbers):,} states ...")
        self.found.states = len(self._numbers)
        if not self._is_over():
            self._way_back()
        return self.found

    def _is_over(self) -> bool:
        return self.found.broken is not None or self.found.at_goal is not None

    def _visit(self, world: World, following: list[World]) -> None:
        number = self._numbers[world]
        for step in steps(world, self.scene, self.protocol):
            self.found.moves += 1
            if step.broken is not None:
                self._break(step, number)
                return
            target = self._numbers.get(step.world)
            if target is None:
                target = self._number(step.world, number, step.label)
                following.append(step.world)
            if step.helps:
                self._froms.append(number)
                self._tos.append(target)

    def _number(self, world: World, parent: int, label: str) -> int:
        number = self._numbers[world] = len(self._numbers)
        self._parents.append(parent)
        self._labels.append(label)
        if self._goal is not None and self._goal(world):
            self.found.at_goal = world
            self.found.trace = self._path(number)
        most = self.found.reached
        if world.is_dead:
            most[world.history] = max(most.get(world.history, 0), world.reached)
        return number

    def _break(self, step: Step, number: int) -> None:
        self.found.broken = step.broken
        self.found.trace = [*self._path(number), step.label]

    def _path(self, number: int) -> list[str]:
        labels: list[str] = []
        while number > 0:
            labels.append(self._labels[number])
            number = self._parents[number]
        return labels[::-1]

    def _way_back(self) -> None:
        """Search backwards from every closed circuit, over steps that bring no new trouble."""
        sources: dict[int, list[int]] = {}
        for source, target in zip(self._froms, self._tos, strict=True):
            sources.setdefault(target, []).append(source)
        todo = [
            number
            for world, number in self._numbers.items()
            if _is_closed(world) or is_too_far(world)
        ]
        safe = set(todo)
        while todo:
            for source in sources.get(todo.pop(), ()):
                if source not in safe:
                    safe.add(source)
                    todo.append(source)
        for number in range(len(self._numbers)):
            if number not in safe:
                self.found.broken = STUCK
                self.found.trace = self._path(number)
                return


def _is_closed(world: World) -> bool:
    item = world.item
    closed = item.state == CLOSED and item.failures < SETTINGS.fail_max
    return closed and item.override_mode == NONE and not world.is_dead

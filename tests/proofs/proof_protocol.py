"""Proof (a), as it is run: every scene explored whole, then every condition taken away in turn."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.proofs.mutation_scenes import (
    CRASHING,
    CUT_OFF,
    DEAD,
    DYING_AGAIN,
    FORCED,
    OPERATORS,
    PROVING,
)
from tests.proofs.mutations import Caught, Mutation, every_mutation, hunt
from tests.proofs.protocol import Explored, Explorer
from tests.proofs.protocol_rules import AFTER_HEALTH, AFTER_TROUBLE, FROM_START
from tests.proofs.protocol_scene import Scene
from tests.proofs.protocol_writes import Protocol
from tests.proofs.report import Report, show

QUICK = (
    Scene(name="healthy from the start", unjudged=True),
    DEAD,
    CRASHING,
    Scene(name="it dies", deaths=1),
    Scene(name="one operator", overrides=1, has_slow_operator=True),
)
MORE = (
    Scene(name="three callers, dead from the start", callers=3, starts_dead=True),
    DYING_AGAIN,
    FORCED,
    OPERATORS,
    CUT_OFF,
    PROVING,
    Scene(name="two crashes", starts_dead=True, crashes=2),
    Scene(name="it dies, a crash", deaths=1, crashes=1),
    Scene(name="it dies, a lost reply", deaths=1, lost=1),
    Scene(name="dead from the start, a lost reply, a crash", starts_dead=True, lost=1, crashes=1),
)
HISTORIES = {
    FROM_START: "dead from the start",
    AFTER_HEALTH: "dead after health",
    AFTER_TROUBLE: "dead after trouble",
}


def explore(scene: Scene) -> Explored:
    """Explore one scene of the protocol as it is."""
    began = time.monotonic()
    found = Explorer(scene, Protocol(scene.successes_to_close)).run()
    seconds = time.monotonic() - began
    show(f"  {scene.name}: {found.states:,} states, {found.moves:,} steps, {seconds:.0f} s")
    return found


def mutate(mutation: Mutation) -> Caught:
    """Take one condition away."""
    caught = hunt(mutation)
    show(f"  {caught.line}")
    return caught


def prove() -> Report:
    """Explore the protocol, and show that each of its conditions is needed."""
    scenes = (*MORE, *QUICK)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        exploring = [pool.submit(explore, scene) for scene in scenes]
        mutating = [pool.submit(mutate, mutation) for mutation in every_mutation()]
        found = [future.result() for future in exploring]
        caught = [future.result() for future in mutating]
    broken = [one for one in found if one.broken is not None]
    details = [_bounds(found)]
    for one in broken:
        details += [f"{one.scene.name}: {one.broken}", *(f"    {step}" for step in one.trace)]
    details += [one.line for one in caught if one.broken is None]
    states, moves = sum(one.states for one in found), sum(one.moves for one in found)
    return Report(
        explored=f"{states:,} states and {moves:,} steps in {len(found)} scenes, all of each",
        violations=len(broken),
        mutations_caught=sum(one.broken is not None for one in caught),
        mutations=len(caught),
        details=details,
    )


def _bounds(found: list[Explored]) -> str:
    most: dict[int, int] = {}
    for one in found:
        if one.scene.callers == 2:
            for history, reached in one.reached.items():
                most[history] = max(most.get(history, 0), reached)
    seen = ", ".join(f"{HISTORIES[history]} {count}" for history, count in sorted(most.items()))
    return f"most calls in one closed generation, crashes aside (fail_max 2, 2 callers): {seen}"

"""Proof (b) as a whole: small scenes, large ones at random, twins with a condition missing."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

from tests.proofs.report import Report, show
from tests.proofs.schedules import SEED, Explored, play, tell
from tests.proofs.schedules_moto import on_moto
from tests.proofs.schedules_mutations import MUTATIONS, OPENED, THREE, Mutation
from tests.proofs.schedules_scene import CRASHES, DIES, RECOVERS, UNJUDGED, Scene
from tests.proofs.schedules_stores import InMemory, Store
from tests.proofs.stateful_worlds import without

LOST, LATE, STALE = "gets no reply", "gets no reply, it is late", "reads a replica that lags"
RECOVERY = {"moment": 1, RECOVERS: 1}

DEAD = Scene(name="dead from the start")
RECOVERING = Scene(name="dead, recovers", may={"moment": 2, RECOVERS: 1})
LOSING = Scene(name="dead, a lost reply", may={LOST: 1, **RECOVERY})
PROBING = Scene(
    name="probing", callers=3, calls=1, first=OPENED, may={RECOVERS: 1, CRASHES: 1, UNJUDGED: 1}
)
PROVING = replace(PROBING, name="probing, two proofs needed", proofs=2)
FORCED = Scene(name="forced while open", calls=1, first=OPENED, overrides=1, may={"moment": 1})
SMALL = (
    Scene(name="well", is_dead=False, calls=3, may={"window": 1, LOST: 1}),
    DEAD,
    THREE,
    Scene(name="dead from the start, four callers", callers=4, calls=1),
    Scene(name="it dies", is_dead=False, calls=3, may={DIES: 1, "window": 1}),
    Scene(name="it dies, three callers", is_dead=False, callers=3, may={DIES: 1}),
    RECOVERING,
    Scene(name="dead, a crash", may={CRASHES: 1, **RECOVERY}),
    LOSING,
    Scene(name="dead, a lagging replica", may={STALE: 1, **RECOVERY}, preemptions=2),
    Scene(name="dead, a late write", may={LATE: 1, **RECOVERY}, preemptions=1),
    PROBING,
    PROVING,
    FORCED,
    Scene(name="two operators", callers=1, overrides=1, operators=2, may={"moment": 1}),
    Scene(name="upkeep", calls=1, first=OPENED, upkeeps=1, may={RECOVERS: 1, "memory": 1}),
)
"""Explored whole."""

EVERYTHING = dict.fromkeys((LOST, LATE, STALE, "is throttled", "memory"), 1) | dict.fromkeys(
    (DIES, RECOVERS, CRASHES, UNJUDGED), 2
)
CROWD = Scene(
    name="a crowd",
    callers=3,
    calls=5,
    may={"moment": 3, "window": 2, RECOVERS: 1, DIES: 1},
    walks=500,
)
CROWDS = (
    CROWD,
    replace(
        CROWD,
        name="a crowd, forced",
        proofs=2,
        overrides=3,
        may={"moment": 4, "window": 2, RECOVERS: 2, DIES: 1, CRASHES: 1, UNJUDGED: 1},
    ),
    Scene(
        name="everything at once",
        callers=4,
        calls=6,
        fail_max=3,
        overrides=2,
        operators=2,
        upkeeps=2,
        may={**EVERYTHING, "moment": 4, "window": 3},
        walks=700,
    ),
)
"""Too many schedules to look at all."""

# What is broken by a store without a condition must hold by one that has them all.
_INTACT = {scene.name: scene for scene in MUTATIONS.values() if scene not in SMALL}.values()

ON_DYNAMODB = (
    DEAD,
    replace(RECOVERING, calls=1),
    replace(LOSING, calls=1),
    replace(PROBING, callers=2),
    replace(FORCED, may={}),
    replace(CROWDS[1], walks=30),
)
"""The same by the real store, that waits before each of its requests."""


def in_memory(scene: Scene) -> tuple[Explored, list[str]]:
    """Play a scene on the twin."""
    return _played(scene, InMemory())


def on_dynamodb(scenes: Iterable[Scene]) -> list[tuple[Explored, list[str]]]:
    """Play scenes on the real store, which finds out what each request does for all of them."""
    with on_moto() as moto:
        return [_played(replace(scene, name=f"DynamoDB, {scene.name}"), moto) for scene in scenes]


def is_caught(mutation: Mutation) -> bool:
    """Whether a schedule shows that these checks are missing."""
    return play(MUTATIONS[mutation], InMemory(without(*mutation))).broken is not None


def prove() -> Report:
    """Play every scene, and the twins without a condition."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        dynamodb = pool.submit(on_dynamodb, ON_DYNAMODB)
        playing = [pool.submit(in_memory, scene) for scene in (*SMALL, *CROWDS, *_INTACT)]
        hunting = {mutation: pool.submit(is_caught, mutation) for mutation in MUTATIONS}
        played = [*dynamodb.result(), *(future.result() for future in playing)]
        missed = [_name(mutation) for mutation, future in hunting.items() if not future.result()]
    whole = [found for found, _ in played if not found.scene.walks]
    walks = sum(found.schedules for found, _ in played if found.scene.walks)
    return Report(
        explored=f"{sum(found.schedules for found in whole):,} schedules, all within the bounds of "
        f"{len(whole)} scenes, and {walks:,} at random (seed {SEED})",
        violations=sum(found.broken is not None for found, _ in played),
        mutations_caught=len(MUTATIONS) - len(missed),
        mutations=len(MUTATIONS),
        details=[*(line for _, lines in played for line in lines), *missed],
    )


def _played(scene: Scene, store: Store) -> tuple[Explored, list[str]]:
    """Play a scene; return what was found with the schedule that broke a guarantee, if any."""
    found = play(scene, store)
    show(f"  {found.line}")
    if found.broken is None:
        return found, []
    told = [f"    {line}" for line in tell(found, store)]
    return found, [f"{scene.name}: {found.broken}", *told]


def _name(mutation: Mutation) -> str:
    intent, attributes = mutation
    return f"not caught: {intent} without {', '.join(sorted(attributes))}"

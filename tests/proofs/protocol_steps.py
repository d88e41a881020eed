"""Every step that the model's world can take: callers, time, the service, operators, and accidents.

Each caller's step mirrors one stretch of `CircuitBreaker` between two storage calls; its docstring
names the method. A cached circuit never goes stale by itself here: a caller may act on what it last
saw however old that is, or read anew at any moment, which is more than any cache window allows.
"""

from collections.abc import Iterator

from tests.proofs.protocol_callers import of_caller
from tests.proofs.protocol_rules import AFTER_HEALTH, AFTER_TROUBLE
from tests.proofs.protocol_scene import Scene, Step, is_too_far, stored
from tests.proofs.protocol_state import (
    BAD,
    CLOSED,
    COUNT,
    NONE,
    SETTINGS,
    Item,
    World,
    aged,
    aged_caller,
    canonical,
)
from tests.proofs.protocol_writes import TO_AUTOMATIC, Protocol


def steps(world: World, scene: Scene, protocol: Protocol) -> Iterator[Step]:
    """Return every step from a world."""
    if is_too_far(world):
        return
    for place, caller in enumerate(world.callers):
        if place and world.callers[place - 1] == caller:
            continue  # its twin does the same
        for step in of_caller(world, place, caller, scene, protocol):
            yield step._replace(label=f"caller {place}: {step.label}")
    yield from _of_time_and_service(world, scene)
    if scene.overrides:
        yield from _of_operators(world, scene, protocol)


def _of_time_and_service(world: World, scene: Scene) -> Iterator[Step]:
    item = aged(world.item)
    ends = item.state == CLOSED and item.failures and item.last_failure_at == -SETTINGS.run_memory
    later = world._replace(
        item=item,
        callers=tuple(aged_caller(caller) for caller in world.callers),
        snapshot=aged(world.snapshot) if world.snapshot else (),
        reached=-world.lost if ends and item != world.item else world.reached,
    )
    if later != world:
        yield Step("time passes", canonical(later))
    if world.is_dead:
        yield Step("the service recovers", world._replace(is_dead=0, reached=0, history=0))
    elif world.deaths < scene.deaths:
        history = AFTER_TROUBLE if _in_trouble(world) else AFTER_HEALTH
        dead = world._replace(is_dead=1, deaths=world.deaths + 1, reached=0, history=history)
        yield Step("the service dies", dead, helps=False)


def _in_trouble(world: World) -> bool:
    return world.item.failures > 0 or any(
        caller.held_at != NONE or caller.task.kind == COUNT or caller.task.end == BAD
        for caller in world.callers
    )


def _of_operators(world: World, scene: Scene, protocol: Protocol) -> Iterator[Step]:
    """Mirror `services.breakers.Breakers`: one acts at once, one on what was read before."""
    more = world._replace(overrides=world.overrides + 1)
    if world.overrides < scene.overrides:
        for mode in (0, 1):
            yield _operated("an operator forces it", more, world.item, mode, protocol)
        if scene.has_slow_operator and not world.snapshot:
            looks = world._replace(snapshot=world.item)
            yield Step("a slow operator looks", looks, helps=False)
    if world.item.override_mode != NONE:
        yield _operated("an operator ends it", world, world.item, TO_AUTOMATIC, protocol)
    if world.snapshot:
        acting = more._replace(snapshot=())
        if world.snapshot.override_mode != NONE:
            wanted = [TO_AUTOMATIC]
        else:
            wanted = [0, 1] if world.overrides < scene.overrides else []
        for mode in wanted:
            base = world._replace(snapshot=()) if mode == TO_AUTOMATIC else acting
            yield _operated("the slow operator acts", base, world.snapshot, mode, protocol)


def _operated(label: str, world: World, saw: Item, wanted: int, protocol: Protocol) -> Step:
    landed = protocol.operate(world.item, saw, wanted)
    after = canonical(stored(world, landed))
    return Step(f"{label}: {wanted}", after, helps=False, broken=landed.broken)

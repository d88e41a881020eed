"""The steps of one caller.

Each mirrors one stretch of `CircuitBreaker` between two storage calls; its docstring names the
method.
"""

from collections.abc import Iterator

from breakwater.resilience.circuit import Way, run_outlived, way
from tests.proofs.protocol_rules import bound
from tests.proofs.protocol_scene import Scene, Step, stored, with_caller
from tests.proofs.protocol_state import (
    BAD,
    CALL,
    COLD,
    COUNT,
    END_RUN,
    GOOD,
    IDLE,
    JUDGE,
    LAPSE,
    NO_VERDICT,
    NONE,
    SETTINGS,
    TAKE,
    TRIP,
    Caller,
    Item,
    Task,
    World,
    canonical,
    circuit_of,
    owners,
    seen,
)
from tests.proofs.protocol_writes import Landed, Protocol, believe

LOSS = 2
"""What one lost reply may cost: a failure that only its caller counts, and then a write against
what it believes."""


def of_caller(
    world: World, place: int, caller: Caller, scene: Scene, protocol: Protocol
) -> Iterator[Step]:
    kind = caller.task.kind
    if kind == IDLE:
        yield from _refresh(world, place, caller)
        yield from _enter(world, place, caller, scene)
    elif kind == CALL:
        yield Step("the call ends", with_caller(world, place, _end(caller)))
        yield from _look(world, place, caller)
    else:
        yield from _write(world, place, caller, scene, protocol)
    if world.crashes < scene.crashes and caller != COLD:
        gone = world._replace(crashes=world.crashes + 1, reached=world.reached - 1)
        yield Step("crashes", with_caller(gone, place, COLD), helps=False)
    if caller.is_cut_off:
        yield Step(
            "hears the store again", with_caller(world, place, caller._replace(is_cut_off=0))
        )
    elif world.cuts < scene.cuts:
        cut = world._replace(cuts=world.cuts + 1)
        yield Step(
            "is cut off", with_caller(cut, place, caller._replace(is_cut_off=1)), helps=False
        )


def _refresh(world: World, place: int, caller: Caller) -> Iterator[Step]:
    """Mirror `CircuitBreaker._refresh`, up to its write."""
    for known in _read(world, caller):
        reader = caller._replace(known=known)
        last = caller.last_success
        if last != NONE and run_outlived(circuit_of(known), last):
            reader = reader._replace(task=Task(END_RUN, 0))
        if reader != caller:
            yield Step("reads", with_caller(world, place, reader))


def _look(world: World, place: int, caller: Caller) -> Iterator[Step]:
    """Mirror the read at the start of `CircuitBreaker._report`, for a call that took long."""
    task = caller.task
    if task.end == BAD and task.owner == NONE and task.counted:
        for known in _read(world, caller):
            if known != caller.known:
                after = _end(caller._replace(known=known))
                yield Step("the call ends, and it looks", with_caller(world, place, after))


def _read(world: World, caller: Caller) -> list[Item]:
    """Return what a read may tell; cut off, `SteadyStore.read`."""
    if not caller.is_cut_off:
        return [seen(world.item)]
    return [caller.known, Item()] if caller.known else [Item()]


def _enter(world: World, place: int, caller: Caller, scene: Scene) -> Iterator[Step]:
    """Mirror `CircuitBreaker.enter` and `_step`, with what was read at any time before."""
    if not caller.known:
        return
    known = caller.known
    match way(circuit_of(known), SETTINGS, 0):
        case Way.PASS | Way.UNCOUNTED as passing:
            counted = int(passing is Way.PASS)
            task = Task(CALL, 0, known.generation, NONE, counted=counted)
            yield from _call(world, place, caller, task, scene)
        case Way.CLAIM | Way.RECLAIM:
            taken = set(owners(world))
            owner = next(number for number in range(1, 99) if number not in taken)
            asking = caller._replace(task=Task(TAKE, 0, owner=owner))
            yield Step("decides to probe", with_caller(world, place, asking))
        case Way.TRIP:
            yield Step(
                "decides to open", with_caller(world, place, caller._replace(task=Task(TRIP, 0)))
            )
        case Way.LAPSE:
            asking = caller._replace(task=Task(LAPSE, 0))
            yield Step("decides to end an override", with_caller(world, place, asking))


def _call(world: World, place: int, caller: Caller, task: Task, scene: Scene) -> Iterator[Step]:
    """Reach the service: its answer is fixed then, and told by a later step."""
    watched = task.counted and task.owner == NONE and task.generation == world.watched
    ends = [BAD if world.is_dead else GOOD, *([NO_VERDICT] if scene.unjudged else [])]
    for end in ends:
        after, broken = world, None
        if watched and end == BAD and not scene.cuts:
            after = world._replace(reached=world.reached + 1)
            most = bound(world.history, len(world.callers), has_crashed=world.crashes > 0)
            if after.reached > most:
                broken = f"more than {most} calls reached a dead service"
        call = task._replace(end=end, now=task.now if end == GOOD else NONE)
        reached = with_caller(after, place, caller._replace(task=call))
        label = ("is answered", "reaches the dead service", "learns nothing")[end]
        yield Step(label, reached, helps=end != NO_VERDICT, broken=broken)


def _end(caller: Caller) -> Caller:
    """Mirror `CircuitBreaker.answered`, `failed` and `unjudged`, up to their writes."""
    task = caller.task
    judging = Task(JUDGE, 0, task.generation, task.owner, task.end, successes=task.successes)
    is_probe = task.owner != NONE
    if task.end == GOOD:
        last = caller.last_success
        if last == NONE or task.now > last:
            last = task.now
        caller = caller._replace(last_success=last, row=0, held_at=NONE, held_under=NONE)
    elif task.end == BAD and not is_probe and task.counted:
        return _fail(caller, task)
    return caller._replace(task=judging if is_probe else Task())


def _fail(caller: Caller, permit: Task) -> Caller:
    """Mirror `CircuitBreaker.failed`, `_holds_back` and the start of `_report`."""
    is_first, last = caller.row == 0, caller.last_success
    caller = caller._replace(row=1)
    if is_first and last != NONE and -last < SETTINGS.hold_back:
        return caller._replace(held_at=0, held_under=permit.generation, task=Task())
    failures, began_at = 1, 0
    if caller.held_under == permit.generation and -caller.held_at <= SETTINGS.run_memory:
        failures, began_at = 2, caller.held_at
    caller = caller._replace(held_at=NONE, held_under=NONE)
    report = Task(COUNT, 0, permit.generation, failures=failures, began_at=began_at, tries=1)
    return caller._replace(task=report if _counts(caller, report) else Task())


def _counts(caller: Caller, report: Task) -> bool:
    """Mirror the question before each try in `CircuitBreaker._report`."""
    assert caller.known
    ways = way(circuit_of(caller.known), SETTINGS, report.now)
    return caller.known.generation == report.generation and ways in {Way.PASS, Way.TRIP}


def _write(
    world: World, place: int, caller: Caller, scene: Scene, protocol: Protocol
) -> Iterator[Step]:
    """Mirror `CircuitBreaker._write`: answered, or not, or not even received."""
    name = (
        "",
        "",
        "counts",
        "opens",
        "takes the probe",
        "judges",
        "ends an override",
        "ends a run",
    )[caller.task.kind]
    if caller.is_cut_off:
        believed = _after_write(caller, believe(protocol, caller), world)
        for after in _ends(believed, scene):
            yield Step(f"{name}, for itself", with_caller(world, place, after), helps=False)
        return
    landed = protocol.attempt(world.item, caller)
    broken = "a write while healthy" if scene.is_healthy else landed.broken
    there = stored(world, landed)
    result = "" if landed.won else ", in vain"
    for after in _ends(_after_write(caller, landed, world), scene):
        helps = after.task.end != NO_VERDICT
        yield Step(name + result, with_caller(there, place, after), helps, broken)
    if world.lost == scene.lost:
        return
    unheard = there._replace(lost=world.lost + 1, reached=there.reached - LOSS)
    alone = _after_write(caller, believe(protocol, caller), world)
    label = f"{name}{result}, unanswered"
    yield Step(label, with_caller(unheard, place, alone), helps=False, broken=broken)
    if landed.won and caller.task.kind != COUNT:
        yield Step(f"{label}; sends again", canonical(unheard), helps=False, broken=broken)


def _ends(caller: Caller, scene: Scene) -> Iterator[Caller]:
    yield caller
    if scene.unjudged and caller.task.kind == CALL:
        yield caller._replace(task=caller.task._replace(end=NO_VERDICT))


def _after_write(caller: Caller, landed: Landed, world: World) -> Caller:
    """Mirror what follows a write in `_report`, `_probe` and `_step`."""
    task, known = caller.task, seen(landed.item)
    if task.kind == TAKE and landed.item.probe_owner == task.owner:
        known = known._replace(probe_owner=task.owner)
        end = BAD if world.is_dead else GOOD
        call = Task(
            CALL,
            0,
            landed.item.generation,
            task.owner,
            end,
            successes=landed.item.probe_successes,
        )
        return caller._replace(known=known, task=call)
    caller = caller._replace(known=known, task=Task())
    if task.kind != COUNT:
        return caller
    if not landed.won and task.tries == 1:
        again = task._replace(tries=2)
        return caller._replace(task=again) if _counts(caller, again) else caller
    trips = way(circuit_of(known), SETTINGS, task.now) is Way.TRIP
    return caller._replace(task=Task(TRIP, task.now)) if trips else caller

"""The states of the protocol's model: small, hashable, and the same for callers who trade places.

Times are whole and relative to now: a tick makes all of them older by one, and what is older than
anything asks for stays at `OLDEST`. Generations are relative as well: only which of them are equal
or newer matters, so that a circuit may open and close for ever in a finite graph. Every
field is a number, `NONE` where there is nothing.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode, State

NONE = 99
OLDEST = -2
SERVICE = "service"
LEASE = 1
OVERRIDE = 1
"""How long an override lasts, in ticks."""

SETTINGS = BreakerSettings(
    fail_max=2, reset_timeout=1, max_open=1.1, run_memory=2, hold_back=1, probe_margin=0, window=0
)
STATES = tuple(State)
MODES = (Mode.FORCED_OPEN, Mode.FORCED_CLOSED)
CLOSED, OPEN, HALF_OPEN = range(3)
IDLE, CALL, COUNT, TRIP, TAKE, JUDGE, LAPSE, END_RUN = range(8)
"""Where a caller is: between calls, in one, or about to send one of its writes."""
GOOD, BAD, NO_VERDICT = range(3)


class Item(NamedTuple):
    """A circuit, as far as the protocol reads it: the store's, or what a caller knows of it."""

    state: int = CLOSED
    generation: int = 0
    failures: int = 0
    run_began_at: int = NONE
    last_failure_at: int = NONE
    retry_at: int = NONE
    probe_owner: int = NONE
    probe_until: int = NONE
    probe_successes: int = 0
    override_mode: int = NONE
    override_until: int = NONE


class Task(NamedTuple):
    """What a caller is at, with all that a permit and a pending write need."""

    kind: int = IDLE
    now: int = NONE
    """When the call started, or when the pending write was decided."""
    generation: int = NONE
    """The permit's."""
    owner: int = NONE
    end: int = NONE
    """How the call ends."""
    counted: int = 1
    successes: int = 0
    failures: int = 0
    """How many are to be counted, of which the first was at `began_at`."""
    began_at: int = NONE
    tries: int = 0


class Caller(NamedTuple):
    """One environment's breaker: the attributes of `CircuitBreaker` that decide anything."""

    known: Item | tuple[()] = ()
    """Nothing before the first read."""
    last_success: int = NONE
    row: int = 0
    held_at: int = NONE
    held_under: int = NONE
    is_cut_off: int = 0
    task: Task = Task()


COLD = Caller()


class World(NamedTuple):
    """Everything: store, callers, service, operator, and what has gone wrong so far."""

    item: Item
    callers: tuple[Caller, ...]
    is_dead: int
    snapshot: Item | tuple[()] = ()
    """What a slow operator has read and is about to act on."""
    crashes: int = 0
    lost: int = 0
    deaths: int = 0
    overrides: int = 0
    cuts: int = 0
    reached: int = 0
    """Calls that reached the dead service in the watched generation, less crashes and losses."""
    watched: int = 0
    """The latest closed generation."""
    is_exact: int = 0
    """Generations are counted, not compared: callers count on for themselves while cut off."""
    history: int = 0
    """What preceded the service's death: see protocol_rules.BOUNDS."""


@cache
def circuit_of(item: Item) -> Circuit:
    """Return the real circuit."""
    present = {name: value for name, value in item._asdict().items() if value != NONE}
    present["state"] = STATES[item.state]
    if item.override_mode != NONE:
        present["override_mode"] = MODES[item.override_mode]
    return Circuit(service=SERVICE, **present)


def item_of(circuit: Circuit) -> Item:
    """Return the model's form of a real circuit."""
    values = {name: getattr(circuit, name) for name in Item._fields}
    values["state"] = STATES.index(circuit.state)
    if circuit.override_mode is not None:
        values["override_mode"] = MODES.index(circuit.override_mode)
    plain = {name: NONE if value is None else int(value) for name, value in values.items()}
    return Item(**{**plain, "failures": min(circuit.failures, SETTINGS.fail_max + 1)})


@cache
def settled(item: Item) -> Item:
    """Return a circuit without the age of the run that opened it, for which nobody asks."""
    if item.state == CLOSED or not item.failures:
        return item
    return item._replace(run_began_at=OLDEST, last_failure_at=OLDEST)


@cache
def seen(item: Item) -> Item:
    """Return what matters of a circuit that a caller knows: less of it, fewer states."""
    if item.override_mode != NONE:
        return Item(
            generation=item.generation,
            override_mode=item.override_mode,
            override_until=item.override_until,
        )
    if item.state == CLOSED:
        failures = min(item.failures, SETTINGS.fail_max)
        return Item(CLOSED, item.generation, failures, item.run_began_at, item.last_failure_at)
    if item.state == OPEN:
        return Item(OPEN, item.generation, retry_at=item.retry_at)
    return Item(
        HALF_OPEN,
        item.generation,
        probe_owner=NONE if item.probe_owner == NONE else 0,
        probe_until=item.probe_until,
        probe_successes=item.probe_successes,
    )


def canonical(world: World) -> World:
    """Return the same world with generations counted from the oldest and callers in order."""
    if world.is_exact:
        return world._replace(callers=tuple(sorted(world.callers)))
    named = {world.item.generation, world.watched}
    if world.snapshot:
        named.add(world.snapshot.generation)
    for caller in world.callers:
        named.update((caller.held_under, caller.task.generation))
        if caller.known:
            named.add(caller.known.generation)
    named.discard(NONE)
    numbers = _close_up(sorted(named))
    if all(old == new for old, new in numbers.items()):
        return world._replace(callers=tuple(sorted(world.callers)))
    numbers[NONE] = NONE
    return world._replace(
        item=_renumbered(world.item, numbers),
        callers=tuple(sorted(_renamed(caller, numbers) for caller in world.callers)),
        snapshot=_renumbered(world.snapshot, numbers) if world.snapshot else (),
        watched=numbers[world.watched],
    )


def _close_up(generations: list[int]) -> dict[int, int]:
    numbers, last, new = {}, generations[0], 0
    for generation in generations:
        new += min(generation - last, 1)
        numbers[generation], last = new, generation
    return numbers


def _renumbered(item: Item, numbers: dict[int, int]) -> Item:
    return item._replace(generation=numbers[item.generation])


def _renamed(caller: Caller, numbers: dict[int, int]) -> Caller:
    return caller._replace(
        known=_renumbered(caller.known, numbers) if caller.known else (),
        held_under=numbers[caller.held_under],
        task=caller.task._replace(generation=numbers[caller.task.generation]),
    )


def older(moment: int) -> int:
    """Return a time as it is after one tick."""
    return moment if moment == NONE else max(moment - 1, OLDEST)


@cache
def aged(item: Item) -> Item:
    """Return a circuit one tick later; a deadline that has passed, has passed."""
    return item._replace(
        run_began_at=older(item.run_began_at),
        last_failure_at=older(item.last_failure_at),
        retry_at=_nearer(item.retry_at),
        probe_until=_nearer(item.probe_until),
        override_until=_nearer(item.override_until),
    )


@cache
def aged_caller(caller: Caller) -> Caller:
    """Return a caller one tick later."""
    task = caller.task
    # A pending write is decided when it is sent: a clock read before would only shorten its times.
    now = older(task.now) if task.kind == CALL else task.now
    began_at = task.began_at if task.began_at == 0 else older(task.began_at)
    return caller._replace(
        known=aged(caller.known) if caller.known else (),
        last_success=older(caller.last_success),
        held_at=older(caller.held_at),
        task=task._replace(now=now, began_at=began_at),
    )


def _nearer(deadline: int) -> int:
    return deadline if deadline == NONE else max(deadline - 1, 0)


def owners(world: World) -> Iterable[int]:
    """Return every probe's owner that anybody still knows."""
    yield world.item.probe_owner
    for caller in world.callers:
        yield caller.task.owner
        if caller.known:
            yield caller.known.probe_owner

"""Where the mutation check looks for each counterexample.

A scene alone would do, but some counterexamples are two dozen steps deep. Waypoints shorten the
search: it goes to the nearest world that fits the first, from there to the next, and explores
everything from the last one on. Every step on the way is one that the mutated protocol can take.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from tests.proofs.protocol_scene import Scene
from tests.proofs.protocol_state import (
    BAD,
    CALL,
    CLOSED,
    COUNT,
    GOOD,
    HALF_OPEN,
    JUDGE,
    NO_VERDICT,
    NONE,
    OPEN,
    TAKE,
    TRIP,
    Caller,
    World,
)

Waypoint = Callable[[World], bool]

DEAD = Scene(name="dead from the start", starts_dead=True)
CRASHING = Scene(name="dead from the start, a crash", starts_dead=True, crashes=1)
DYING_AGAIN = Scene(name="dead, recovers, dies", starts_dead=True, deaths=1)
PROVING = Scene(name="two proofs needed", starts_dead=True, unjudged=True, successes_to_close=2)
FORCED = Scene(name="dead, forced", starts_dead=True, overrides=1)
FORCED_PROVING = Scene(
    name="two proofs needed, forced",
    starts_dead=True,
    overrides=1,
    unjudged=True,
    successes_to_close=2,
)
OPERATORS = Scene(name="two operators", overrides=2, has_slow_operator=True)
CUT_OFF = Scene(name="a caller is cut off", starts_dead=True, cuts=1)
CUT_OFF_DYING = Scene(name="a caller is cut off, it dies again", starts_dead=True, cuts=1, deaths=1)
CUT_OFF_FORCED = Scene(name="a caller is cut off, forced", starts_dead=True, cuts=1, overrides=1)
CUT_OFF_RELEASING = replace(CUT_OFF_FORCED, name="a caller is cut off, no verdict", unjudged=True)
LOSING = Scene(name="dead from the start, a lost reply", starts_dead=True, lost=1)
THREE = Scene(name="three callers, it dies again and again", callers=3, deaths=3)


class Where(NamedTuple):
    """A scene, and what to pass on the way."""

    scene: Scene
    waypoints: tuple[Waypoint, ...] = ()


def _about_to(kind: int, end: int = NONE, successes: int = 0) -> Waypoint:
    """Return whether a caller is about to send a write, and no operator has acted."""

    def fits(world: World) -> bool:
        return not world.overrides and any(
            (task.kind, task.end) == (kind, end) and task.successes >= successes
            for task in (caller.task for caller in world.callers)
        )

    return fits


def _apart(there: tuple[int, int], here: tuple[int, int], *, is_idle: bool = False) -> Waypoint:
    """Return whether store and cut-off caller are in these states and generations."""

    def fits(world: World) -> bool:
        item = world.item
        if (item.state, item.generation) != there or (is_idle and item.failures):
            return False
        for caller in world.callers:
            known = caller.known
            if caller.is_cut_off and known and known.override_mode == NONE:
                return (known.state, known.generation) == here
        return False

    return fits


def _both(first: Waypoint, second: Waypoint) -> Waypoint:
    return lambda world: first(world) and second(world)


def _is_dead(world: World) -> bool:
    return bool(world.is_dead)


def _is_automatic(world: World) -> bool:
    return not world.overrides


def _runs(failures: int, *, begins: bool = False) -> Waypoint:
    """Return whether one caller keeps a failure to itself, and another that has been answered
    since knows of a run of failures, of which the store has this many."""

    def knows(world: World, caller: Caller) -> bool:
        held = [other.held_at for other in world.callers if other.held_at != NONE]
        if not held or caller.held_at != NONE or not min(held) < caller.last_success != NONE:
            return False
        known = caller.known
        if not known or known.failures != 1 or known.run_began_at < caller.last_success:
            return False
        return caller.task.kind == COUNT or not begins

    def fits(world: World) -> bool:
        return world.item.failures == failures and any(
            knows(world, caller) for caller in world.callers
        )

    return fits


def _holds(world: World) -> bool:
    return world.item.failures == 0 and any(caller.held_at != NONE for caller in world.callers)


def _probed(world: World) -> bool:
    return (
        world.item.state == HALF_OPEN
        and not world.overrides
        and any(caller.task.kind == CALL for caller in world.callers)
    )


def _let_go(world: World) -> bool:
    """Whether somebody knows of a half-open circuit that nobody probes."""
    known = (caller.known for caller in world.callers)
    return any(one and (one.state, one.probe_owner) == (HALF_OPEN, NONE) for one in known)


def _looks_on(world: World) -> bool:
    """Whether somebody knows of the probe that another makes."""
    known = (caller.known for caller in world.callers if caller.task.kind != JUDGE)
    return any(one and one.state == HALF_OPEN for one in known)


def _outlived(world: World) -> bool:
    """Whether a dead service's run stands that somebody has been answered after."""
    began_at = world.item.run_began_at
    return bool(world.is_dead and world.item.failures) and any(
        began_at < caller.last_success != NONE for caller in world.callers
    )


_CLAIMING = _about_to(TAKE)
_DIVERGED = (
    _both(_apart((CLOSED, 0), (OPEN, 1)), _is_dead),
    _both(_apart((HALF_OPEN, 2), (OPEN, 1)), _is_dead),
    _both(_apart((OPEN, 3), (OPEN, 1)), _is_dead),
    _apart((OPEN, 3), (CLOSED, 3)),
)
WHERE: Mapping[str, Where] = {
    "join_run without state": Where(
        CUT_OFF_DYING,
        (
            _both(_apart((CLOSED, 0), (OPEN, 1), is_idle=True), _is_dead),
            _apart((CLOSED, 0), (CLOSED, 3), is_idle=True),
            _apart((OPEN, 1), (CLOSED, 3)),
            _apart((OPEN, 3), (CLOSED, 3)),
        ),
    ),
    "join_run without generation": Where(FORCED),
    "join_run without override_mode": Where(FORCED),
    "join_run without run_began_at": Where(
        THREE, (_holds, _runs(1), _runs(0), _runs(0, begins=True))
    ),
    "begin_run without state": Where(CUT_OFF_DYING, _DIVERGED),
    "begin_run without override_mode": Where(FORCED),
    "begin_run without run_began_at": Where(DYING_AGAIN, (_outlived,)),
    "trip without state": Where(CUT_OFF_DYING, _DIVERGED),
    "trip without generation": Where(DYING_AGAIN, (_about_to(TRIP),)),
    "trip without override_mode": Where(FORCED),
    "claim without state": Where(
        CUT_OFF_FORCED,
        (
            _both(_apart((OPEN, 2), (CLOSED, 0)), _is_dead),
            _both(_apart((OPEN, 2), (OPEN, 1)), _is_dead),
            _both(_apart((HALF_OPEN, 3), (OPEN, 1)), _is_dead),
            _apart((HALF_OPEN, 3), (OPEN, 3)),
        ),
    ),
    "claim without override_mode": Where(FORCED, (_CLAIMING,)),
    "claim without retry_at": Where(CUT_OFF, (_apart((CLOSED, 0), (OPEN, 1)),)),
    "reclaim without state": Where(
        CUT_OFF_RELEASING,
        (
            _both(_apart((OPEN, 1), (OPEN, 1)), _is_automatic),
            _apart((CLOSED, 2), (OPEN, 1)),
            _both(_apart((CLOSED, 2), (HALF_OPEN, 2)), _let_go),
        ),
    ),
    "reclaim without generation": Where(LOSING, (_both(_about_to(JUDGE, BAD), _looks_on),)),
    "reclaim without override_mode": Where(FORCED, (_CLAIMING, _probed, _about_to(TAKE))),
    "reclaim without probe_owner": Where(PROVING),
    "reclaim without probe_until": Where(CRASHING),
    "reclaim without all": Where(PROVING),
    "prove without override_mode": Where(FORCED_PROVING, (_CLAIMING, _about_to(JUDGE, GOOD))),
    "prove without probe_owner": Where(PROVING),
    "close without override_mode": Where(
        FORCED_PROVING, (_CLAIMING, _about_to(JUDGE, GOOD), _about_to(JUDGE, GOOD, 1))
    ),
    "close without probe_owner": Where(PROVING),
    "reopen without override_mode": Where(FORCED, (_CLAIMING, _about_to(JUDGE, BAD))),
    "reopen without probe_owner": Where(PROVING),
    "release without override_mode": Where(
        FORCED_PROVING, (_CLAIMING, _about_to(JUDGE, NO_VERDICT))
    ),
    "release without probe_owner": Where(PROVING),
    "end_run without state": Where(DYING_AGAIN),
    "end_run without override_mode": Where(FORCED),
    "end_run without run_began_at": Where(DYING_AGAIN),
    "override without generation": Where(OPERATORS),
    "override without override_mode": Where(OPERATORS),
    "to_automatic without generation": Where(OPERATORS),
    "to_automatic without override_mode": Where(OPERATORS),
    "to_automatic without override_until": Where(OPERATORS),
}
"""By mutation, its comparison aside; `DEAD` for those that are not here."""

"""What an exploration of the model is given, and what its steps are made of."""

from dataclasses import dataclass
from typing import NamedTuple

from breakwater.resilience.circuit import State
from tests.proofs.protocol_rules import AFTER_HEALTH, FROM_START
from tests.proofs.protocol_state import (
    COLD,
    GOOD,
    NONE,
    STATES,
    Caller,
    Item,
    World,
    canonical,
    settled,
)
from tests.proofs.protocol_writes import Landed

MOST_GENERATIONS = 4
"""How far an exploration goes in which callers lose their way to the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One exploration: who takes part, and how often each thing may go wrong."""

    name: str
    callers: int = 2
    starts_dead: bool = False
    deaths: int = 0
    crashes: int = 0
    lost: int = 0
    """Replies to writes that landed."""
    overrides: int = 0
    has_slow_operator: bool = False
    cuts: int = 0
    """How often a caller may lose its way to the store; the others keep theirs."""
    unjudged: bool = False
    """Calls may end without a verdict."""
    successes_to_close: int = 1

    @property
    def is_healthy(self) -> bool:
        """Whether nothing ever fails."""
        return not (self.starts_dead or self.deaths or self.overrides)

    def start(self) -> World:
        """Return the world before anything has happened."""
        return World(
            Item(), (COLD,) * self.callers, int(self.starts_dead), is_exact=int(self.cuts > 0)
        )


class Step(NamedTuple):
    """One step: what it is called, where it leads, and which guarantee it breaks."""

    label: str
    world: World
    helps: bool = True
    """Whether it may be taken where the way back to closed is looked for: no new trouble."""
    broken: str | None = None


def is_too_far(world: World) -> bool:
    """Whether the exploration ends here, because more generations would be more of the same."""
    known = (caller.known.generation for caller in world.callers if caller.known)
    return bool(world.is_exact) and max(world.item.generation, *known, 0) > MOST_GENERATIONS


def stored(world: World, landed: Landed) -> World:
    """Return the world with a write in its store; a new closed generation is watched anew."""
    item = landed.item if world.is_exact else settled(landed.item)
    is_new = item.generation != world.item.generation and STATES[item.state] is State.CLOSED
    if not is_new:
        return world._replace(item=item)
    lived = any(caller.last_success != NONE or caller.task.end == GOOD for caller in world.callers)
    history = AFTER_HEALTH if lived else FROM_START
    return world._replace(item=item, watched=item.generation, reached=0, history=history)


def with_caller(world: World, place: int, caller: Caller) -> World:
    under = caller.held_under
    if caller.known and NONE != under < caller.known.generation and caller.task.generation != under:
        # It will never be reported: permits of that generation are over.
        caller = caller._replace(held_at=NONE, held_under=NONE)
    callers = (*world.callers[:place], caller, *world.callers[place + 1 :])
    return canonical(world._replace(callers=callers))

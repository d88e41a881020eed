"""Proof (c) as a whole: both stores, and a twin for each condition that may be missing."""

from tests.proofs.report import Report
from tests.proofs.stateful import Histories, explore
from tests.proofs.stateful_seen import ViolationError
from tests.proofs.stateful_worlds import in_memory, on_moto, without

OF_GENERATION = frozenset({"state", "generation"})
MUTATIONS = (
    ("join_run", OF_GENERATION),
    ("begin_run", OF_GENERATION),
    ("begin_run", frozenset({"override_mode"})),
    ("begin_run", frozenset({"either"})),
    ("claim", OF_GENERATION),
    ("reclaim", frozenset({"override_mode"})),
    ("reclaim", frozenset({"either"})),
    ("prove", frozenset({"probe_owner"})),
    ("close", frozenset({"probe_owner"})),
    ("reopen", frozenset({"probe_owner"})),
    ("release", frozenset({"probe_owner"})),
)
"""Conditions whose absence shows from outside; the model proves each one to be needed."""
TRIES = 2000
"""Histories in which a missing condition has to show. The slowest needs a sixth of them."""


def is_caught(name: str, attributes: frozenset[str]) -> bool:
    """Whether some history shows that these checks are missing."""
    try:
        explore(without(name, attributes), examples=TRIES, shrinks=False)
    except ViolationError:
        return True
    return False


def prove(in_memory_examples: int = 3000, on_moto_examples: int = 50) -> Report:
    """Explore both stores and a twin for each mutation."""
    broken = []
    Histories.totals.clear()
    with on_moto() as moto:
        for world, examples in ((in_memory, in_memory_examples), (moto, on_moto_examples)):
            try:
                explore(world, examples=examples)
            except ViolationError as error:
                broken += [str(error), *getattr(error, "__notes__", ())]
    seen = dict(Histories.totals)
    missed = [
        f"not caught: {name} without {', '.join(sorted(what))}"
        for name, what in MUTATIONS
        if not is_caught(name, what)
    ]
    return Report(
        explored="{histories} histories, {transitions} transitions, {probes} probes".format(**seen),
        violations=1 if broken else 0,
        mutations_caught=len(MUTATIONS) - len(missed),
        mutations=len(MUTATIONS),
        details=[*broken, *missed],
    )

"""The mutation check of proof (b): scenes in which a missing condition shows, whoever is faster.

They are the conditions whose absence is seen from outside; the model proves each one to be needed.
"""

from collections.abc import Mapping
from dataclasses import replace

from breakwater.resilience.circuit import Mode
from tests.proofs.schedules_scene import (
    CALLS,
    CLOCK,
    DIES,
    GOES_ON,
    RECOVERS,
    SERVICE,
    UNJUDGED,
    Move,
    Scene,
)

WINDOW = Move(CLOCK, "window")
OPENED = (*2 * [Move("a", CALLS)], Move("b", CALLS), Move(CLOCK, "moment"))
"""It has opened, b knows, and its time is up."""
OUTLIVED = (
    *(Move("a", CALLS), WINDOW, Move(SERVICE, RECOVERS)),
    *(Move("b", CALLS), Move("c", CALLS), WINDOW, Move(SERVICE, DIES)),
)
"""a has counted a failure; b and c have been answered since, and would end the run."""

THREE = Scene(name="dead from the start, three callers", callers=3)
RUNS = Scene(name="a run ends", callers=3, calls=1, first=OUTLIVED, may={"window": 1})
LEASES = Scene(
    name="a lease ends", calls=1, first=OPENED, may={"moment": 1, RECOVERS: 1, UNJUDGED: 1}
)
PROOFS = replace(LEASES, name="a lease ends, two proofs needed", proofs=2)
HALF = Scene(
    name="one proof of two",
    calls=1,
    proofs=2,
    first=(*OPENED, Move(SERVICE, RECOVERS), Move("a", CALLS)),
    overrides=1,
)
OPENS = Scene(name="forced while it opens", callers=1, overrides=1)
TURNED = replace(OPENS, name="forced and given back while it counts", overrides=2)
AGAIN = Scene(name="forced and given back", first=(Move("a", CALLS),), overrides=2, preemptions=2)
PROBED = Scene(
    name="forced while probed",
    calls=1,
    first=OPENED,
    overrides=2,
    may={RECOVERS: 1, UNJUDGED: 1},
    preemptions=1,
)
PROVED = replace(PROBED, name="forced while proved", proofs=2)
RENEWED = Scene(
    name="renewed as it ends", callers=1, calls=1, overrides=2, may={"window": 1, "moment": 1}
)
OPERATORS = Scene(
    name="operators",
    callers=1,
    calls=0,
    first=(Move("operator", Mode.FORCED_OPEN), *2 * [Move("operator", GOES_ON)]),
    operators=2,
    overrides=2,
)

Mutation = tuple[str, frozenset[str]]
"""An intent, and the attributes that are not looked at, or `either`."""


def _of(intent: str, *attributes: str) -> Mutation:
    return intent, frozenset(attributes)


MUTATIONS: Mapping[Mutation, Scene] = {
    _of("join_run", "state", "generation"): THREE,
    _of("join_run", "generation"): AGAIN,
    _of("join_run", "override_mode"): OPENS,
    _of("begin_run", "state", "generation"): TURNED,
    _of("begin_run", "generation"): TURNED,
    _of("begin_run", "override_mode"): OPENS,
    _of("begin_run", "either"): THREE,
    _of("trip", "state", "generation"): THREE,
    _of("trip", "generation"): AGAIN,
    _of("trip", "override_mode"): OPENS,
    _of("trip", "failures"): RUNS,
    _of("claim", "state", "generation"): LEASES,
    _of("claim", "generation"): PROBED,
    _of("claim", "override_mode"): PROBED,
    _of("reclaim", "state", "generation"): HALF,
    _of("reclaim", "override_mode"): HALF,
    _of("reclaim", "either"): HALF,
    _of("prove", "probe_owner"): PROOFS,
    _of("prove", "override_mode"): PROVED,
    _of("close", "probe_owner"): LEASES,
    _of("close", "override_mode"): PROBED,
    _of("reopen", "probe_owner"): LEASES,
    _of("reopen", "override_mode"): PROBED,
    _of("release", "probe_owner"): LEASES,
    _of("release", "override_mode"): PROBED,
    _of("end_run", "state"): RUNS,
    _of("end_run", "run_began_at"): RUNS,
    _of("override", "generation"): OPENS,
    _of("override", "override_mode"): OPERATORS,
    _of("to_automatic", "generation"): OPERATORS,
    _of("to_automatic", "override_mode"): OPERATORS,
    _of("to_automatic", "override_until"): RENEWED,
}
"""Each with a scene that finds it out."""

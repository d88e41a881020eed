"""Proof (a) at the bound of an ordinary test run, with every mutation; `make prove` has more."""

import pytest

from tests.proofs.mutation_scenes import DEAD
from tests.proofs.mutations import Mutation, every_mutation, hunt
from tests.proofs.proof_protocol import QUICK
from tests.proofs.protocol import Explorer
from tests.proofs.protocol_rules import AFTER_HEALTH, FROM_START, bound
from tests.proofs.protocol_scene import Scene
from tests.proofs.protocol_writes import Protocol


@pytest.mark.parametrize("scene", QUICK, ids=lambda scene: scene.name)
def test__every_order_of_steps__keeps_every_guarantee(scene: Scene) -> None:
    found = Explorer(scene, Protocol(scene.successes_to_close)).run()
    assert (found.broken, found.trace) == (None, [])
    assert found.states > 100, "a scene in which nothing happens proves nothing"


@pytest.mark.parametrize(
    ("scene", "history"), [(DEAD, FROM_START), (Scene(name="it dies", deaths=1), AFTER_HEALTH)]
)
def test__bound__is_exact__one_call_less_would_be_wrong(scene: Scene, history: int) -> None:
    reached = Explorer(scene, Protocol()).run().reached[history]
    assert bound(history, scene.callers, has_crashed=False) == reached


@pytest.mark.parametrize("mutation", list(every_mutation()), ids=str)
def test__each_condition_taken_away__breaks_a_guarantee(mutation: Mutation) -> None:
    assert hunt(mutation).broken is not None

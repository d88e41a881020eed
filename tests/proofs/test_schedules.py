"""Proof (b) at the bound of an ordinary test run; `make prove` looks further."""

from dataclasses import replace

import pytest

from breakwater.resilience.circuit import Circuit
from tests.proofs import schedules_cast, schedules_proof
from tests.proofs.schedules import guarantee, play, tell
from tests.proofs.schedules_moto import on_moto
from tests.proofs.schedules_mutations import MUTATIONS, THREE, Mutation
from tests.proofs.schedules_scene import Scene
from tests.proofs.schedules_stores import InMemory, Trail
from tests.proofs.stateful_worlds import without

CARELESS: list[Mutation] = [
    ("begin_run", frozenset({"either"})),
    ("trip", frozenset({"failures"})),
    ("claim", frozenset({"state", "generation"})),
    ("reclaim", frozenset({"either"})),
    ("close", frozenset({"probe_owner"})),
    ("to_automatic", frozenset({"override_mode"})),
]


@pytest.mark.parametrize(
    "scene",
    [
        Scene(name="well", is_dead=False, calls=3, may={"window": 1}),
        schedules_proof.DEAD,
        replace(schedules_proof.RECOVERING, calls=1),
        replace(schedules_proof.PROVING, callers=2),
        replace(schedules_proof.CROWDS[-1], walks=25),
    ],
    ids=lambda scene: str(scene.name),
)
def test__schedules_in_memory__keep_every_guarantee(scene: Scene) -> None:
    found = play(scene, InMemory())
    assert found.broken is None, tell(found, InMemory())
    assert found.schedules >= 25, "schedules in which nothing happens prove nothing"


def test__schedules_on_dynamodb__keep_every_guarantee() -> None:
    with on_moto() as moto:
        found = play(replace(schedules_proof.LOSING, calls=1, may={schedules_proof.LOST: 1}), moto)
        assert found.broken is None, tell(found, moto)
        assert found.schedules > 1


@pytest.mark.parametrize("mutation", CARELESS, ids=lambda mutation: str(mutation[0]))
def test__a_store_that_skips_a_condition__is_found_out(mutation: Mutation) -> None:
    assert schedules_proof.is_caught(mutation)


@pytest.mark.parametrize("scene", [THREE, schedules_proof.CROWD], ids=["whole", "at random"])
def test__a_schedule_that_breaks_a_guarantee__breaks_it_again(scene: Scene) -> None:
    careless = InMemory(without("begin_run", frozenset({"either"})))
    found = play(scene, careless)
    assert found.broken is not None
    *before, last = tell(found, careless)
    assert guarantee(found.broken) in last
    assert any("sends begin_run: closed in generation 0, 1 failed" in line for line in before)


def test__a_caller_that_feels_the_storage__is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules_cast, "SteadyStore", lambda store, time: store)
    found = play(schedules_proof.LOSING, InMemory())
    assert guarantee(found.broken or "") == "a guarded call fails for its own reasons only"


def test__a_change_that_is_recorded_twice__is_found_out() -> None:
    found = play(schedules_proof.DEAD, Twice())
    assert guarantee(found.broken or "") == "each change is recorded once"


class Twice(InMemory):
    """A store that writes down each change once more."""

    def trail(self, stands: tuple[Circuit, Trail]) -> Trail:
        return 2 * super().trail(stands)


def test__every_mutation__is_of_a_condition_that_there_is() -> None:
    assert len(MUTATIONS) > len(CARELESS)
    assert set(CARELESS) <= set(MUTATIONS)

"""Proof (c) at the bound of an ordinary test run; `make prove` looks further."""

import pytest

from tests.proofs.stateful import Histories, explore
from tests.proofs.stateful_proof import is_caught
from tests.proofs.stateful_worlds import in_memory, on_moto


def test__random_histories_in_memory__keep_every_guarantee() -> None:
    Histories.totals.clear()
    explore(in_memory, examples=250)
    assert Histories.totals["probes"] > 100, "histories in which nothing happens prove nothing"


def test__random_histories_on_dynamodb__keep_every_guarantee() -> None:
    Histories.totals.clear()
    with on_moto() as world:
        explore(world, examples=6, steps=20)
    assert Histories.totals["transitions"] > 0, "histories in which nothing happens prove nothing"


@pytest.mark.parametrize(
    ("intent", "attributes"),
    [
        ("join_run", {"state", "generation"}),
        ("reclaim", {"either"}),
        ("reopen", {"probe_owner"}),
    ],
)
def test__a_store_that_skips_a_condition__is_found_out(intent: str, attributes: set[str]) -> None:
    assert is_caught(intent, frozenset(attributes))

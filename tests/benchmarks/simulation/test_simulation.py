"""The simulation itself, and what it shows, on fleets small enough for every day."""

from dataclasses import replace

import pytest

from tests.benchmarks.simulation import accepting
from tests.benchmarks.simulation.fleet import OURS, PEER, Outcome, run
from tests.benchmarks.simulation.partition import READ, READ_UNITS, WRITE_UNITS
from tests.benchmarks.simulation.scenarios import SCENARIOS, settings_of

SIZE = 200
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
SCALE = 10_000 / SIZE
"""What a second's requests of this fleet are in one of ten thousand."""


def outcome(name: str, breaker: str = OURS, *, capacity: float = 1.0, seed: int = 1) -> Outcome:
    scenario = BY_NAME[name]
    if capacity != 1.0:
        scenario = replace(scenario, capacity=capacity, lasts=60)
    return run(scenario, breaker, SIZE, settings=settings_of(scenario, fail_max=5), seed=seed)


def test__same_seed__same_outcome() -> None:
    assert outcome("outage") == outcome("outage")
    assert outcome("outage") != outcome("outage", seed=2)


def test__healthy__no_write_and_reads_that_ten_thousand_may_make() -> None:
    seen = outcome("healthy")
    assert (seen.writes, seen.opened) == (0, 0)
    assert seen.peak_reads * READ * SCALE < READ_UNITS


@pytest.mark.parametrize("name", ["outage", "slow: 6 s an answer, 5 s the limit"])
def test__outage__is_within_the_bound_and_within_the_item_s_limits(name: str) -> None:
    seen = outcome(name)
    assert (seen.opened, seen.probes) == (1, 1)
    assert seen.struck <= 5 + 2 * SIZE - 1
    assert seen.peak_writes * SCALE < WRITE_UNITS
    assert seen.peak_reads * READ * SCALE < READ_UNITS
    assert seen.most_succeed_after is not None


def test__storage_throttled__fails_no_call_and_recovers() -> None:
    seen = outcome("outage", capacity=0.005)
    assert seen.throttled > 100
    assert seen.broken == 0
    # Nobody who was throttled probes on its own memory.
    assert seen.probes == 1
    assert seen.most_succeed_after is not None


def test__peer__counts_in_each_environment() -> None:
    ours, peer = outcome("outage"), outcome("outage", PEER)
    assert peer.struck > 2 * ours.struck
    assert peer.opened > 1


def test__accepting__loses_nothing_and_starts_nothing_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accepting, "STARTS_BURST", 100)
    monkeypatch.setattr(accepting, "STARTS_A_SECOND", 20)
    seen = accepting.run(SIZE, seed=1)
    assert seen.swept > 0
    assert seen.refused > 0
    assert (seen.lost, seen.twice) == (0, 0)
    assert seen.at_once + seen.swept == seen.accepted

"""Proof (d) with few processes; `make prove` runs 64."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.proofs import processes
from tests.proofs.processes_fleet import Outcome, Shape
from tests.proofs.processes_ours import dynamodb

QUICK = Shape(reset_timeout=1.0, window=0.5, quiet=0.7)

GOOD = Outcome(
    processes=8,
    reached=12,
    left_alone_after=0.5,
    probes=1,
    succeeded_after=4.0,
    all_after=5.0,
    reached_again=19,
    writes_while_healthy=0,
    faults=0,
)


@pytest.mark.parametrize("size", [2, 8])
def test__a_fleet_of_processes__keeps_every_guarantee(endpoint: str, size: int) -> None:
    outcome = processes.ours(endpoint, size, QUICK)
    assert processes.violations_of(outcome, QUICK) == []


def test__the_emulator__is_atomic(endpoint: str) -> None:
    assert processes.atomicity_faults(dynamodb(endpoint)) == []


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with processes.emulator() as running:
        yield running


@pytest.mark.parametrize(
    "change",
    [
        {"reached": 13},
        {"left_alone_after": None},
        {"probes": 0},
        {"probes": 2},
        {"succeeded_after": 9.0},
        {"succeeded_after": None},
        {"all_after": None},
        {"reached_again": 20},
        {"writes_while_healthy": 1},
        {"faults": 1},
    ],
)
def test__a_run_that_breaks_a_guarantee__is_named(change: dict[str, Any]) -> None:
    assert processes.violations_of(GOOD, processes.SHAPE) == []
    assert len(processes.violations_of(replace(GOOD, **change), processes.SHAPE)) == 1

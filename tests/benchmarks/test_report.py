"""What a row of `make bench` says of what was measured."""

from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.report import Spread, beside, merge, save, within
from tests.benchmarks.stack.__main__ import ORIGINAL, OURS, USUAL, rows

ONE, TWO = Spread.of([1.0, 1.0, 1.0]), Spread.of([2.0, 2.0, 9.0])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "BUILD", tmp_path)


@pytest.mark.parametrize(("most", "met"), [(0.5, True), (0.49, False)])
def test__ratio__is_of_medians_and_met_up_to_the_target(most: float, met: bool) -> None:
    row = beside(1, "cold", ONE, TWO, most, versus="peer")
    assert (row.ratio, row.met, row.target) == (0.5, met, f"{most:g} x")


def test__peer_that_is_absent__is_not_beaten() -> None:
    row = beside(1, "cold", ONE, None, 0.5, versus="peer", absent="no wheel")
    assert (row.ratio, row.met) == (None, None)
    assert "absent: no wheel" in row.line()
    assert "unknown" in row.line()


@pytest.mark.parametrize(("ours", "met"), [(2.0, True), (2.1, False), (None, None)])
def test__number__is_held_against_its_limit(ours: float | None, met: bool | None) -> None:
    assert within(5, "ns", ours, 15, 2.0).met is met


def test__merge__sorts_the_parts_rows_by_target() -> None:
    save("one", [within(5, "b", 1, 1, 2)])
    save("two", [within(3, "a", 1, 1, 2)], more=[1])
    assert [row.name for row in merge(["one", "two"])] == ["a", "b"]
    assert (report.BUILD / "bench.json").exists()


def test__stack__without_its_peers__is_measured_and_unknown() -> None:
    alone = {
        (OURS, "api"): {"cold": [1.0], "first": [2.0], "request": [0.5]},
        (OURS, "step"): {"cold": [1.0]},
    }
    assert {row.met for row in rows(alone, "offline")} == {None}
    both = {
        **alone,
        (USUAL, "api"): {"cold": [4.0], "first": [4.0], "request": [0.5]},
        (USUAL, "step"): {"cold": [4.0]},
        (ORIGINAL, "api"): {"request": [0.5]},
    }
    assert [row.met for row in rows(both)] == [True, False, True, True, False, False]

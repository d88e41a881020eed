"""The page that `make bench` writes into."""

import json
from pathlib import Path

import pytest

from infra.blocks import between_marks, rewritten
from tests.benchmarks import pages, report
from tests.benchmarks.pages import BLOCKS, PAGE, block
from tests.benchmarks.report import merge, save, within

TEXT = f"before\n{between_marks('targets', 'bench', 'old')}\nafter\n"


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "BUILD", tmp_path)
    return tmp_path


def test__page__has_each_block_once() -> None:
    seen: list[str] = []
    rewritten(PAGE.read_text(), "bench", seen.append)
    assert sorted(seen) == sorted(BLOCKS)


def test__measured__its_block_is_written_anew_and_nothing_else() -> None:
    save("counts", [within(4, "AWS calls to accept", 2, 1, 2)])
    merge(["counts"])
    written = rewritten(TEXT, "bench", block)
    assert "| 4 | AWS calls to accept | 2.00 | - | - | 1 | 2 | yes |" in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "old" not in written


def test__not_measured__is_left_as_it_is() -> None:
    assert rewritten(TEXT, "bench", block) == TEXT


def test__load__is_shown_by_level(build: Path) -> None:
    level = {
        "clients": 2, "tasks": 20, "accepted_a_second": 10.0, "accept_p50": 0.1, "accept_p99": 1.1,
        "success_p50": 3.0, "success_p99": 7.7, "ended_a_second": 2.0,
    }  # fmt: skip
    (build / "bench-load.json").write_text(json.dumps({"levels": [level], "saturates_at": 2}))
    lines = [*pages.loaded(report.load(build / "bench-load.json"))]
    assert lines[2] == "| 2 | 20 | 10.0 | 0.100 s, 1.100 s | 3.00 s, 7.70 s | 2.0 |"

"""What is printed, and above all the exit code."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra.local import assess, report
from infra.local.cases import Case
from infra.local.client import Run
from infra.local.scenario import Result
from infra.local.stack import LocalStack

CASE = Case("intune", "a case", {}, "SUCCESS", through=frozenset({"RETRYING"}))


def result(*statuses: str, case: Case = CASE, **last: Any) -> Result:
    document = {"status": statuses[-1], "attempt": 2, **last}
    return Result(case, Run("task-1", statuses, document, 4.2), breaker="closed")


GOOD = result("PENDING", "RETRYING", "SUCCESS")
BAD = {
    "other end": (result("RETRYING", "FAILED", error={"type": "X"}), "ended as FAILED"),
    "not seen": (result("PENDING", "SUCCESS"), "RETRYING was not seen"),
    "stuck": (result("RETRYING", "RUNNING"), "stuck in RUNNING after 4 s"),
    "refused": (Result(CASE, refusal="503: come back later"), "503: come back later"),
    "unknown": (Result(CASE), "nothing is known of it"),
}


def shown(results: list[Result]) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200)
    code = report.show_results(results, console)
    assert isinstance(console.file, io.StringIO)
    return code, console.file.getvalue()


def test__all_as_expected__0() -> None:
    code, text = shown([GOOD, GOOD])

    assert code == 0
    assert "Every task ended as expected." in text
    row = next(line for line in text.splitlines() if "task-1" in line)
    cells = [cell.strip() for cell in row.strip("| ").split("|")]
    assert cells == [
        "task-1",
        "intune",
        "a case",
        "RETRYING → SUCCESS",
        "SUCCESS",
        "PENDING → RETRYING → SUCCESS",
        "closed",
        "2",
        "4.2",
    ]


def test__what_a_case_shows_of_its_result__stands_beside_the_status() -> None:
    case = Case("intune", "a score", None, "SUCCESS", shows=assess.shown)
    _, text = shown([result("SUCCESS", case=case, result={"score": 88, "level": "critical"})])
    assert "SUCCESS: 88 of 100, critical" in text


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test__one_is_not__1_and_says_why(bad: Result, why: str) -> None:
    code, text = shown([GOOD, bad])

    assert code == 1
    assert why in text
    assert "Not every task ended as expected." in text


def test__nothing_ran__1() -> None:
    assert shown([])[0] == 1


def test__not_a_terminal__plain_and_unfolded(capsys: pytest.CaptureFixture[str]) -> None:
    report.show_results([GOOD], report.console())

    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "task-1" in text
    assert "┃" not in text


def test__usage__can_be_pasted(stack: LocalStack) -> None:
    console = Console(file=io.StringIO(), width=40)
    report.show_usage(stack, Path(".local/stack.json"), console)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    (curl,) = re.findall(r"^curl .*$", text, flags=re.MULTILINE)
    assert "Bearer token-s" in curl
    assert "'http://127.0.0.1:4566/_aws/execute-api/abc/$default/api/v1/deployments'" in curl
    assert '"connector_type": "intune"' in curl
    assert "--endpoint-url http://127.0.0.1:4566 stepfunctions list-executions" in text
    assert ".local/stack.json" in text


def test__pipe__is_not_folded_where_colours_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert report.console().width == 200

"""What is printed is what was reckoned, and the exit code says whether it balances."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from tests.chaos.balanced import GOOD, KINDS, RECORD, ended
from tests.chaos.book import Book
from tests.chaos.ledger import Ledger
from tests.chaos.show import show_ledger


def shown(**changes: Any) -> tuple[int, str]:
    output = io.StringIO()
    book = Book()
    book.count("answers of 503")
    ledger = Ledger(replace(GOOD, **changes), KINDS)
    code = show_ledger(ledger, book, Console(file=output, width=200))
    return code, output.getvalue()


def test__it_balances__every_promised_line_and_0() -> None:
    code, text = shown()

    assert code == 0
    lines = text.splitlines()
    for line in (
        "accepted: 1",
        "  SUCCESS: 1",
        "lost: 0",
        "duplicated effects: 0",
        "past the bound: 0",
        "unexplained UNKNOWN: 0",
        "terminal events per task: exactly 1",
        "answers of 503: 1",
    ):
        assert line in lines
    assert "dynamodb: throttled" in text


def test__unknown__is_shown_with_its_cause() -> None:
    code, text = shown(**ended("UNKNOWN"))

    assert code == 0
    assert "UNKNOWN, and what left it in doubt" in text
    assert "jamf: hang" in text


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"records": {}, "endings": []}, "lost: 1"),
        ({"endings": []}, "terminal events per task: not exactly 1, for: 1"),
        (ended("SUCCESS", at=1e9), "past the bound: 1"),
        ({**ended("UNKNOWN"), "intents": {}}, "unexplained UNKNOWN: 1"),
        ({"strikes": []}, "fault kinds that never fired: 2"),
        ({"effects": {}}, "successes without their effect: 1"),
    ],
)
def test__it_does_not__says_what_is_wrong_and_1(changes: dict[str, Any], line: str) -> None:
    code, text = shown(**changes)

    assert code == 1
    assert line in text.splitlines()
    assert "The ledger does not balance." in text


def test__who_is_suspect__has_its_history_told() -> None:
    _, text = shown(records={"a": replace(RECORD, status="RUNNING")}, endings=[])

    assert "what befell a:" in text
    assert "  10.00 s  intends an effect" in text

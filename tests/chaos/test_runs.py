"""The command and what its longer runs conclude."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.local.errors import LocalStackError
from infra.local.progress import Progress
from tests.chaos import __main__ as command
from tests.chaos.balanced import GOOD, RECORD, WISH
from tests.chaos.book import Accepted, Book
from tests.chaos.evidence import Ending, Evidence
from tests.chaos.ledger import Ledger
from tests.chaos.outage import Survived
from tests.chaos.soak import Soaked

Run = Callable[[int, Progress], int]


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds of runs that balance at once."""
    ran: list[int] = []

    def run(seed: int, progress: Progress) -> int:
        ran.append(seed)
        return 0

    monkeypatch.setattr(command, "RUNS", {"run": run, "soak": run, "outage": run})
    monkeypatch.delenv("SEED", raising=False)
    return ran


def test__seed__is_drawn_and_printed(seeds: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    assert command.main(["soak"]) == 0

    assert seeds[0] != seeds[1]
    assert f"seed: {seeds[0]}\n" in capsys.readouterr().out


def test__seed__is_taken_from_the_environment_or_the_option(
    seeds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED", "7")
    command.main([])
    command.main(["--seed", "8"])
    monkeypatch.setenv("SEED", "")
    command.main(["outage", "--seed", "9"])

    assert seeds == [7, 8, 9]


def test__ledger_that_does_not_balance__is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "RUNS", {"run": lambda seed, progress: 1})

    assert command.main(["--seed", "1"]) == 1


def test__stack_that_does_not_come_up__is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(seed: int, progress: Progress) -> int:
        raise LocalStackError("no room")

    monkeypatch.setattr(command, "RUNS", {"run": fail})

    assert command.main(["--seed", "1"]) == 1
    assert "Failed: no room" in capsys.readouterr().out


def evidence(statuses: str = "SS", **changes: Any) -> Evidence:
    """Return the evidence of some tasks that ended so: S for success, F for failure."""
    names = {"S": "SUCCESS", "F": "FAILED"}
    wish = replace(WISH, marks=(), body={})
    tasks = {f"t{number}": names[letter] for number, letter in enumerate(statuses)}
    return replace(
        GOOD,
        **{
            "accepted": {task: Accepted(task_id=task, wish=wish, seconds=0.1) for task in tasks},
            "records": {
                task: replace(RECORD, task_id=task, status=status) for task, status in tasks.items()
            },
            "endings": [
                Ending(task_id=task, status=status, at=150.0 + number)
                for number, (task, status) in enumerate(tasks.items())
            ],
            **changes,
        },
    )


def survived(found: Evidence, *, waiting: int) -> Survived:
    return Survived(Ledger(found), Book(), waiting, recovered_at=140.0, reached=5)


def test__outage__all_waited_and_all_succeeded__holds() -> None:
    good = survived(evidence(), waiting=2)

    assert good.holds
    assert "succeeded: 2 of 2" in good.lines()
    assert "first and last: 10.0 s and 11.0 s" in good.lines()
    assert "most successes within a second: 2" in good.lines()


@pytest.mark.parametrize(
    ("found", "waiting"),
    [
        (evidence("SF"), 2),
        (evidence(), 1),
        (evidence(effects={"intune": {"assign": {"removed": {"a": 1}}}}), 2),
    ],
)
def test__outage__anything_else__does_not_hold(found: Evidence, waiting: int) -> None:
    assert not survived(found, waiting=waiting).holds


def test__soak__figures() -> None:
    assert Soaked(Ledger(evidence()), Book(), took=4.0).lines() == [
        "throughput: 0.5 tasks a second from the first request to the last end",
        "accept: p50 0.100 s, p99 0.100 s, at most 0.100 s",
        "accept to success: p50 50.500 s, p99 50.990 s, at most 51.000 s",
    ]

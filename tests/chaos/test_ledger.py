"""The reckoning finds out each thing that may be wrong, planted one at a time."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.balanced import BUNDLE, DOUBT, EFFECTS, GOOD, NO_DOUBT, RECORD, WISH, ended, ledger
from tests.chaos.book import Accepted
from tests.chaos.evidence import Ending
from tests.chaos.ledger import Ledger
from tests.chaos.strikes import EVERYBODY, Strike


def test__all_is_well__it_balances() -> None:
    good = ledger()

    assert good.balances
    assert good.suspects == []
    assert good.by_status == {"SUCCESS": 1}
    assert good.by_kind == {"deployment jamf": {"SUCCESS": 1}}
    assert good.fired == {"dynamodb: throttled": 1, "jamf: hang": 1}


def test__failed__is_counted_by_service_and_error() -> None:
    failed = replace(RECORD, status="FAILED", error="TransientError")
    wrong = ledger(records={"a": failed, "b": failed, "c": RECORD})

    assert wrong.by_error == {"jamf: TransientError": 2}


def test__nothing_was_accepted__that_is_no_proof() -> None:
    assert not ledger(accepted={}, records={}, endings=[], effects={}).balances


@pytest.mark.parametrize(
    ("planted", "line"),
    [
        ({"records": {}, "endings": []}, "lost"),
        ({"records": {"a": replace(RECORD, status="RUNNING")}, "endings": []}, "lost"),
        ({"records": {"a": RECORD, "b": replace(RECORD, task_id="b", status="PENDING")}}, "lost"),
        ({"endings": []}, "badly_ended"),
        ({"endings": [*GOOD.endings, *GOOD.endings]}, "badly_ended"),
        ({"endings": [Ending(task_id="a", status="FAILED", at=150.0)]}, "badly_ended"),
        ({"endings": [*GOOD.endings, Ending(task_id="z", status="FAILED", at=1.0)]}, "badly_ended"),
        (ended("SUCCESS", at=166.1), "late"),
        ({"effects": {}}, "hollow"),
        ({"strikes": [DOUBT]}, "silent"),
        ({"split_keys": 1}, ""),
        ({"refusals": ["400"]}, ""),
    ],
)
def test__planted__is_found(planted: dict[str, Any], line: str) -> None:
    wrong = ledger(**planted)

    assert not wrong.balances
    assert not line or getattr(wrong, line)


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("jamf", "deploy", "commands", "12", "com.example.a"), BUNDLE),
        (("servicenow", "opened", "a-19ab"), ("servicenow", "opened", "a*")),
    ],
)
def test__effect_of_two_times__is_one_too_many(
    path: tuple[str, ...], mark: tuple[str, ...]
) -> None:
    wrong = ledger(effects=planted_at(path, 2))

    assert wrong.duplicated == {mark: 1}
    assert wrong.suspects == ["a"]
    assert not wrong.balances


def test__two_records_of_one_task__are_one_too_many() -> None:
    wrong = ledger(effects=planted_at(("servicenow", "opened", "a-19ac"), 1))

    assert wrong.duplicated == {("servicenow", "opened", "a*"): 1}


def test__retry__may_do_it_again_and_no_more() -> None:
    again = Accepted(task_id="b", wish=replace(WISH, body={}), retry_of="a")
    evidence = {
        "accepted": {**GOOD.accepted, "b": again},
        "records": {"a": RECORD, "b": replace(RECORD, task_id="b")},
        "endings": [*GOOD.endings, Ending(task_id="b", status="SUCCESS", at=155.0)],
    }

    path = ("jamf", "deploy", "commands", "11", "com.example.a")
    assert ledger(**evidence, effects=planted_at(path, 2)).balances
    assert ledger(**evidence, effects=planted_at(path, 3)).duplicated == {BUNDLE: 1}


@pytest.mark.parametrize("answers", [0, 1])
def test__retried_question__stands_once_all_the_same(answers: int) -> None:
    asked = replace(WISH, kind="chat", path="conversations/c/messages", body={}, marks=())
    evidence = {
        "accepted": {
            "a": Accepted(task_id="a", wish=asked),
            "b": Accepted(task_id="b", wish=asked, retry_of="a"),
        },
        "records": {
            "a": replace(RECORD, status="FAILED"),
            "b": replace(RECORD, task_id="b", status="FAILED"),
        },
        "endings": [Ending(task_id=task, status="FAILED", at=155.0) for task in ("a", "b")],
    }

    def said(questions: int) -> Ledger:
        roles = {"user": questions, "assistant": answers}
        return ledger(**evidence, effects={"said": {asked.path: roles}})

    assert said(1).balances
    assert said(2).duplicated == {("said", asked.path, "user"): 1}
    assert said(2).suspects == ["a", "b"]


def test__assignment_that_somebody_else_took_away__is_undone() -> None:
    wrong = ledger(
        effects=planted_at(("intune", "assign", "removed", "app", "group", "required"), 1)
    )

    assert wrong.undone == 1
    assert not wrong.balances


def test__unknown__after_a_doubt__is_explained_by_it() -> None:
    explained = ledger(**ended("UNKNOWN"))

    assert explained.causes == {"a": DOUBT}
    assert explained.balances


@pytest.mark.parametrize(
    "strike",
    [
        replace(DOUBT, whose="a"),
        replace(DOUBT, whose=EVERYBODY),
        replace(DOUBT, at=110.0),
        replace(DOUBT, at=109.0, until=151.0),
        replace(DOUBT, at=109.0, until=110.0),
    ],
)
def test__unknown__what_may_explain_it(strike: Strike) -> None:
    assert ledger(**ended("UNKNOWN"), strikes=[strike, NO_DOUBT]).unexplained == []


@pytest.mark.parametrize(
    "changes",
    [
        {"strikes": [replace(DOUBT, casts_doubt=False)]},
        {"strikes": [replace(DOUBT, whose="somebody else's")]},
        {"strikes": [replace(DOUBT, whose=None)]},
        {"strikes": [replace(DOUBT, at=109.0)]},
        {"strikes": [replace(DOUBT, at=108.0, until=109.0)]},
        {"strikes": [replace(DOUBT, at=151.0, until=160.0)]},
        {"strikes": [replace(DOUBT, at=151.0)]},
        {"intents": {}},
        {"endings": []},
    ],
)
def test__unknown__what_may_not_explain_it(changes: dict[str, Any]) -> None:
    wrong = ledger(**{**ended("UNKNOWN"), **changes})

    assert wrong.unexplained == ["a"]
    assert not wrong.balances


def test__history__tells_in_order_what_befell_a_task() -> None:
    assert ledger().history("a") == [
        "  10.00 s  intends an effect",
        "  20.00 s  jamf: hang: POST",
        "  50.00 s  ends: SUCCESS",
        "  60.00 s  deadline",
    ]
    assert ledger().history("b") == ["it has no record"]


def planted_at(path: tuple[str, ...], count: int) -> dict[str, Any]:
    """Return the good effects with another count at one place."""

    def planted(tree: Any, steps: tuple[str, ...]) -> Any:
        if not steps:
            return count
        return {**tree, steps[0]: planted(tree.get(steps[0], {}), steps[1:])}

    tree: dict[str, Any] = planted(EFFECTS, path)
    return tree

import json
from collections.abc import Mapping
from typing import Any

import pytest

from breakwater.connectors.landscape.report import MOST_CHARS, MOST_COMPUTERS, conclude, has_ended
from breakwater.domain.errors import PartialFailureError


def an_activity(status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    return {"id": 7, "activity_status": status, "computer_id": None, **changes}


def a_child(status: str = "succeeded", computer: int = 21, **changes: Any) -> dict[str, Any]:
    return an_activity(status, computer_id=computer, **changes)


def end(activity: Any, children: Any) -> Mapping[str, Any]:
    done = conclude(activity, children)
    assert done is not None
    return done.result


def failure(activity: Any, children: Any) -> PartialFailureError:
    with pytest.raises(PartialFailureError) as caught:
        conclude(activity, children)
    return caught.value


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled"])
def test__last_words__are_the_end(status: str) -> None:
    assert has_ended(an_activity(status))


@pytest.mark.parametrize(
    "status",
    ["undelivered", "delivered", "scheduled", "waiting", "unapproved", "blocked", "new", "", None],
)
def test__any_other_word__is_not(status: Any) -> None:
    assert not has_ended({"activity_status": status})


def test__all_succeeded__done() -> None:
    result = end(an_activity(), [a_child(computer=1), a_child(computer=2, result_text="ok")])
    assert result["counts"] == {"succeeded": 2}
    assert [one["computer_id"] for one in result["computers"]] == [1, 2]
    assert result["computers"][1]["result_text"] == "ok"


def test__one_computer_without_children__is_the_activity_itself() -> None:
    result = end(a_child(computer=5), [])
    assert [one["computer_id"] for one in result["computers"]] == [5]
    error = failure(a_child("failed", 5, result_code=1), [])
    assert "1 of 1" in str(error)


@pytest.mark.parametrize("word", ["delivered", "unapproved", "novel", None])
def test__a_computer_has_not_reported__no_end_yet(word: Any) -> None:
    assert conclude(an_activity(), [a_child(), a_child(word), a_child("failed")]) is None


def test__success_of_no_computers__no_end_yet() -> None:
    assert conclude(an_activity(), []) is None


def test__failure_of_no_computers__the_activity_s_own_word_counts() -> None:
    error = failure(an_activity("canceled", result_text="by jane"), [])
    assert "canceled" in str(error)
    assert error.result["result_text"] == "by jane"


def test__nothing_succeeded__failed_with_every_result() -> None:
    error = failure(an_activity("failed"), [a_child("failed", 1), a_child("canceled", 2)])
    assert "2 of 2" in str(error)
    assert error.result["counts"] == {"failed": 1, "canceled": 1}


def test__very_many__the_failed_ones_are_listed_first_and_the_rest_counted() -> None:
    good = [a_child(computer=number) for number in range(150)]
    bad = [a_child("failed", 1000 + number) for number in range(3)]
    error = failure(an_activity("failed"), [*good, *bad])
    computers: Any = error.result["computers"]
    assert [one["computer_id"] for one in computers[:3]] == [1000, 1001, 1002]
    assert len(computers) == MOST_COMPUTERS
    assert error.result["computers_not_listed"] == 153 - MOST_COMPUTERS


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("E: no\n", "E: no"),
        ("a" * 5000 + "the end", ("a" * 5000 + "the end")[-MOST_CHARS:]),
        ("\ud800 half", "? half"),
        (None, None),
        (5, None),
        (["E"], None),
    ],
)
def test__text__is_cut_to_its_end_and_can_be_stored(text: Any, kept: str | None) -> None:
    result = end(an_activity(), [a_child(result_text=text)])
    assert result["computers"][0]["result_text"] == kept


@pytest.mark.parametrize("code", [1.5, "1", [1], {}])
def test__numbers__are_numbers_or_nothing(code: Any) -> None:
    result = end(an_activity(), [a_child(result_code=code)])
    assert result["computers"][0]["result_code"] is None


def test__worst_result__is_much_smaller_than_an_item_may_be() -> None:
    children = [a_child("failed", 2**63 - 1, result_text="\U0001f600" * 5000) for _ in range(2000)]
    error = failure(an_activity("failed"), children)
    assert len(json.dumps(error.result, ensure_ascii=False).encode()) < 120_000

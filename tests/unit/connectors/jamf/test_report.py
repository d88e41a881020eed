from typing import Any

import pytest

from breakwater.connectors.jamf.report import accepted, conclude, recognised, with_states
from breakwater.domain.errors import PartialFailureError, TransientError

PACKAGE = {"bundle_id": "com.example.agent", "bundle_version": "1"}
DEVICES = {"package": PACKAGE, "device_ids": [1, 2]}
GROUP = {"package": PACKAGE, "group_id": "7"}
QUEUED = [{"device": 1, "commandUuid": "u-1"}, {"device": 2, "commandUuid": "u-2"}]


def answer(queued: Any, errors: Any = ()) -> dict[str, Any]:
    return {"queuedCommands": queued, "errors": list(errors)}


def test__all_queued__done() -> None:
    result = conclude(accepted(DEVICES, answer(QUEUED))).result
    assert result["queued"] == 2
    assert result["commands"][0] == {"device": 1, "command_uuid": "u-1"}


def test__taken_on_without_a_word__done_without_a_count() -> None:
    result = conclude(accepted(DEVICES, None)).result
    assert (result["queued"], result["commands"], result["errors"]) == (None, [], [])


@pytest.mark.parametrize(("given", "kept"), [(1, 1), ("1", 1), (None, None), ("x", None)])
def test__device__read_as_a_number(given: object, kept: int | None) -> None:
    report = accepted(GROUP, answer([{"device": given, "commandUuid": "u"}]))
    assert report["commands"] == [{"device": kept, "command_uuid": "u"}]


@pytest.mark.parametrize("given", ["9" * 5000, "\N{SUPERSCRIPT TWO}", True, 1.0, {}])
def test__device_that_is_no_number__none(given: object) -> None:
    report = accepted(GROUP, answer([{"device": given, "commandUuid": "u"}]))
    assert report["commands"][0]["device"] is None


@pytest.mark.parametrize(
    "reason", ["\ud800", None, 5, ["x"], "x" * 5000], ids=["half", "none", "int", "list", "long"]
)
def test__reason__can_be_stored(reason: object) -> None:
    (error,) = accepted(GROUP, answer([], [{"device": 1, "reason": reason}]))["errors"]
    assert 0 < len(error["reason"].encode()) <= 200


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"queuedCommands": []},
        {"errors": []},
        answer("x"),
        answer(["x"]),
        answer([{}]),
        answer([{"device": 1, "commandUuid": ""}]),
        answer([{"device": 1, "commandUuid": "a,uuid==b"}]),
        answer([{"device": 1, "commandUuid": "a" * 65}]),
        answer([], ["x"]),
    ],
)
def test__no_answer_of_jamf_s__in_doubt(wrong: dict[str, Any]) -> None:
    with pytest.raises(TransientError) as caught:
        accepted(GROUP, wrong)
    assert caught.value.may_have_applied


@pytest.mark.parametrize(
    ("payload", "queued", "errors", "message"),
    [
        (DEVICES, QUEUED[:1], [{"device": 2, "reason": "x"}], "for 1 devices, not for 1"),
        (DEVICES, QUEUED[:1], [], "for 1 devices, not for 1"),
        (GROUP, QUEUED, [{"group": 7, "reason": "x"}], "for 2 devices, not for 1"),
        (GROUP, [], [], "for no device"),
        (DEVICES, [], [], "for no device"),
    ],
)
def test__not_all_queued__failed_with_the_report(
    payload: dict[str, Any], queued: Any, errors: Any, message: str
) -> None:
    report = accepted(payload, answer(queued, errors))
    with pytest.raises(PartialFailureError, match=message) as caught:
        conclude(report)
    assert caught.value.result == report


@pytest.mark.parametrize("state", ["PENDING", "ACKNOWLEDGED", "NOT_NOW", "A_NEW_WORD", None])
def test__state__is_no_failure(state: str | None) -> None:
    found = recognised(DEVICES, [{"device": 1, "command_uuid": "u-1"}])
    result = conclude(with_states(found, {"u-1": state} if state else {})).result
    assert result["commands"] == [{"device": 1, "command_uuid": "u-1", "state": state}]
    assert result["found_by_lookup"] is True


@pytest.mark.parametrize("state", ["ERROR", "COMMAND_FORMAT_ERROR"])
def test__state_of_failure__failed_with_the_report(state: str) -> None:
    found = recognised(DEVICES, [{"device": 1, "command_uuid": "u-1"}])
    with pytest.raises(PartialFailureError, match="1 of which have failed"):
        conclude(with_states(found, {"u-1": state}))

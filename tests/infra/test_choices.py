"""Which way the flows go, and how many states a run has: each one entered is paid for."""

from typing import Any

import pytest

from tests.infra.flows import definition

DONE, FAILED = {"next": "succeed", "resume_at": None}, {"next": "fail", "resume_at": None}
POLL, SUBMIT = {"next": "poll", "resume_at": "t"}, {"next": "submit", "resume_at": "t"}
DOCUMENT = {"next": "document", "resume_at": "t"}
KILLED = {"Error": "States.Timeout"}
PLAIN: dict[str, Any] = {"connector_type": "intune", "payload": {}}
DOCUMENTED = {**PLAIN, "change": {"system": "jira"}}


def look(data: Any, path: str) -> tuple[bool, Any]:
    """Return whether `$.a.b` is there, and its value."""
    for name in path.removeprefix("$.").split("."):
        if not isinstance(data, dict) or name not in data:
            return False, None
        data = data[name]
    return True, data


def holds(rule: dict[str, Any], data: Any) -> bool:
    """Evaluate a choice rule; a comparison with what is not there is an error, as on AWS."""
    if "And" in rule:
        return all(holds(one, data) for one in rule["And"])
    is_there, value = look(data, rule["Variable"])
    if "IsPresent" in rule:
        return is_there is rule["IsPresent"]
    assert is_there, f"States.Runtime: {rule['Variable']} is not there"
    return bool(value == rule["StringEquals"])


def walk(kind: str, command: dict[str, Any], answers: list[dict[str, Any]]) -> list[str]:
    """Return the states that a run enters whose tasks give these answers, errors among them."""
    machine, left = definition(kind), list(answers)
    data: dict[str, Any] = {"command": command}
    name, entered = machine["StartAt"], []
    while True:
        state = machine["States"][name]
        entered.append(name)
        match state["Type"]:
            case "Succeed" | "Fail":
                assert not left
                return entered
            case "Choice":
                chosen = (rule["Next"] for rule in state["Choices"] if holds(rule, data))
                name = next(chosen, state["Default"])
            case "Wait":
                assert look(data, state["TimestampPath"])[1]
                name = state["Next"]
            case _:
                answer = left.pop(0)
                way = state["Catch"][0] if "Error" in answer else state
                data[way["ResultPath"].removeprefix("$.")] = answer
                name = way["Next"]


@pytest.mark.parametrize(
    ("kind", "answers", "states"),
    [
        ("deployment", [DONE], 3),
        ("deployment", [FAILED], 3),
        ("deployment", [POLL, DONE], 6),
        ("deployment", [SUBMIT, DONE], 6),
        ("deployment", [KILLED, FAILED], 4),
        ("sync", [DONE], 3),
        ("sync", [POLL, POLL, DONE], 9),
        ("sync", [KILLED, FAILED], 4),
        ("risk", [DONE], 3),
        ("risk", [FAILED], 3),
        ("risk", [KILLED, FAILED], 4),
    ],
)
def test__run__enters_no_more_states_than_it_needs(
    kind: str, answers: list[dict[str, Any]], states: int
) -> None:
    entered = walk(kind, PLAIN, answers)
    assert len(entered) == states
    assert entered[-1] == ("Succeeded" if answers[-1] is DONE else "Failed")
    assert "Document" not in entered


def test__run__that_is_done_at_once__costs_four_transitions() -> None:
    # Every state that is entered, and the start.
    assert len(walk("deployment", PLAIN, [DONE])) + 1 <= 4


@pytest.mark.parametrize(("end", "last"), [(DONE, "Succeeded"), (FAILED, "Failed")])
@pytest.mark.parametrize(
    ("before", "after"),
    [([], [DONE]), ([POLL], [FAILED]), ([SUBMIT], [DOCUMENT, DOCUMENT, DONE])],
)
def test__change__is_documented_once_the_deployment_has_ended__which_decides_the_end(
    end: dict[str, Any],
    last: str,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
) -> None:
    entered = walk("deployment", DOCUMENTED, [*before, end, *after])
    assert entered.count("Document") == len(after)
    assert entered.index("Document") > entered.index("Submit")
    assert entered[-1] == last


@pytest.mark.parametrize("before", [[], [DOCUMENT]])
@pytest.mark.parametrize(("end", "last"), [(DONE, "Succeeded"), (FAILED, "Failed")])
def test__change__document_is_killed_each_time__the_end_stays_as_it_was(
    end: dict[str, Any], last: str, before: list[dict[str, Any]]
) -> None:
    assert walk("deployment", DOCUMENTED, [end, *before, KILLED])[-1] == last


def test__change__settle_has_ended_it__is_documented_too() -> None:
    assert walk("deployment", DOCUMENTED, [KILLED, FAILED, DONE])[-3:] == [
        "Document",
        "How it ended",
        "Failed",
    ]


def test__score__whatever_happens_once_it_runs__is_tried_three_times_at_most() -> None:
    ran, *never_began = definition("risk")["States"]["Score"]["Retry"]
    assert ran["MaxAttempts"] == 2
    assert set(ran["ErrorEquals"]) == {
        "TransientError",
        "StorageUnavailableError",
        "Lambda.Unknown",
        "Runtime.ExitError",
        "Runtime.OutOfMemory",
        "Sandbox.Timedout",
        "States.Timeout",
    }
    assert never_began
    for rule in never_began:
        assert not set(ran["ErrorEquals"]) & set(rule["ErrorEquals"])

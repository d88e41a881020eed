import json
from dataclasses import replace
from typing import Any

import pytest

from breakwater.domain.changes import ChangeRecord, ChangeState
from tests.fakes.front import BODY, Front

SERVICENOW = {"system": "servicenow", "summary": "Company Portal"}
JIRA = {"system": "jira", "summary": "Company Portal", "project": "OPS_2"}


def post(front: Front, change: Any) -> Any:
    return front.post({**BODY, "change": change})


@pytest.mark.parametrize("change", [SERVICENOW, JIRA])
def test__change__is_in_the_command_and_shown_as_pending(
    front: Front, change: dict[str, str]
) -> None:
    answer = post(front, change)

    assert answer.status == 202
    [task] = front.engine.started
    assert json.loads(task.input)["command"]["change"] == change
    status = front.get(answer.headers["location"]).json
    assert status["change"] == {"system": change["system"], "state": "pending"}


def test__change__is_not_asked_for__is_nowhere(front: Front) -> None:
    answer = front.post()

    [task] = front.engine.started
    assert "change" not in json.loads(task.input)["command"]
    assert task.change is None
    assert "change" not in front.get(answer.headers["location"]).json


def test__change__status__shows_how_it_stands(front: Front) -> None:
    answer = post(front, SERVICENOW)
    task_id = answer.json["task_id"]
    before = front.get(answer.headers["location"])
    record = ChangeRecord(
        system="servicenow",
        state=ChangeState.OPENED,
        handle={"id": "x", "key": "CHG0030001", "url": "https://instance/x"},
        error={"type": "TransientError", "message": "503"},
    )
    task = front.claim(task_id)
    front.store.note_change(replace(task, change=record), now=front.clock.now())
    after = front.get(answer.headers["location"])

    assert after.json["change"] == {
        "system": "servicenow",
        "state": "opened",
        "key": "CHG0030001",
        "url": "https://instance/x",
        "error": {"type": "TransientError", "message": "503"},
    }
    assert after.headers["etag"] != before.headers["etag"]


def test__change__makes_it_another_request(front: Front) -> None:
    first = front.post({**BODY, "change": SERVICENOW}, idempotency_key="k")
    again = front.post({**BODY, "change": dict(SERVICENOW)}, idempotency_key="k")
    other = front.post(BODY, idempotency_key="k")

    assert (first.status, again.status, other.status) == (202, 202, 422)
    assert again.json == first.json


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        (None, ["/change"]),
        ("servicenow", ["/change"]),
        ([], ["/change"]),
        ({}, ["/change/system", "/change/summary"]),
        ({"summary": "x", "project": "OPS"}, ["/change/system"]),
        ({**SERVICENOW, "system": "sap"}, ["/change/system"]),
        ({**SERVICENOW, "system": ["jira"]}, ["/change/system"]),
        ({**SERVICENOW, "state": "closed", "a/b": 1}, ["/change/a~1b", "/change/state"]),
        ({**SERVICENOW, "project": "OPS"}, ["/change/project"]),
        ({**SERVICENOW, "project": None}, ["/change/project"]),
        ({"system": "jira", "summary": "x"}, ["/change/project"]),
        (
            {"system": "jira", "summary": "", "project": "o"},
            ["/change/project", "/change/summary"],
        ),
        ({"system": "sap", "project": 1}, ["/change/project", "/change/summary", "/change/system"]),
    ],
)
def test__change__wrong__lists_every_fault_and_stores_nothing(
    front: Front, change: Any, pointers: list[str]
) -> None:
    answer = post(front, change)

    assert answer.status == 400
    assert sorted(answer.faults) == sorted(pointers)
    assert front.store.tasks == {}


def test__change__and_the_rest_wrong__are_listed_together(front: Front) -> None:
    answer = front.post({**BODY, "deadline_seconds": 1, "change": {"system": "sap"}})

    assert set(answer.faults) == {"/deadline_seconds", "/change/system", "/change/summary"}
    assert answer.faults["/change/system"] == "unknown; known: jira, servicenow"


@pytest.mark.parametrize("summary", ["", "  ", "x" * 161, "two\nlines", "\ud800", 1, None, ["x"]])
def test__summary__not_one_printable_line__is_refused(front: Front, summary: Any) -> None:
    assert list(post(front, {**SERVICENOW, "summary": summary}).faults) == ["/change/summary"]


@pytest.mark.parametrize("summary", ["x", "ü" * 160, "Ein 😀"])
def test__summary__printable__is_taken(front: Front, summary: str) -> None:
    assert post(front, {**SERVICENOW, "summary": summary}).status == 202


@pytest.mark.parametrize("project", ["O", "ops", "1OPS", "OPS-1", "", "O" * 256, "OPS\n", 1, {}])
def test__project__no_key__is_refused(front: Front, project: Any) -> None:
    assert list(post(front, {**JIRA, "project": project}).faults) == ["/change/project"]

"""Each end of each kind of task has its event."""

from datetime import timedelta

import pytest

from breakwater.domain.events import EventType, ending
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem
from tests.fakes.tasks import NOW, a_task

COMMAND = {"conversation_id": "c-1", "content": "Hello", "deadline_seconds": 3600}


def test__ending__of_a_chat__names_its_conversation_also_where_it_failed() -> None:
    task = a_task(kind=Kind.CHAT, service="ai", command=COMMAND)
    done = Outcome(status=Status.SUCCESS, result={"message_id": "m-2"})
    refused = Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no"))

    completed, failed = (ending(task, outcome, at=NOW) for outcome in (done, refused))

    assert completed.type is EventType.AI_CHAT_COMPLETED
    assert completed.data["result"] == {"message_id": "m-2"}
    assert failed.type is EventType.AI_CHAT_FAILED
    assert failed.data["error_type"] == "PermanentError"
    for event in (completed, failed):
        assert (event.data["service"], event.data["conversation_id"]) == ("ai", "c-1")


@pytest.mark.parametrize("kind", Kind)
def test__ending__success_and_failure_of_every_kind_have_an_event(kind: Kind) -> None:
    command = {"conversation_id": "c-1", "intent_id": "i-1", "system": "jira"}
    task = a_task(kind=kind, command=command)
    events = {
        status: ending(task, Outcome(status=status), at=NOW).type
        for status in (Status.SUCCESS, Status.FAILED)
    }
    assert len(set(events.values())) == 2


def test__ending__of_a_score() -> None:
    task = a_task(kind=Kind.RISK_SCORE, command={"intent_id": "i-1"})
    at = NOW + timedelta(seconds=5)
    good = ending(task, Outcome(status=Status.SUCCESS, result={"score": 12}), at=at)
    assert good.type is EventType.RISK_SCORE_CALCULATED
    assert good.data == {
        "connector_type": "intune",
        "intent_id": "i-1",
        "status": "SUCCESS",
        "result": {"score": 12},
    }
    problem = Problem(type="PermanentError", message="there is no such intent")
    bad = ending(task, Outcome(status=Status.FAILED, problem=problem), at=at)
    assert bad.type is EventType.RISK_SCORE_FAILED
    assert (bad.stream, bad.sequence, bad.occurred_at) == (task.task_id, 1, at)
    assert bad.data["error_type"] == "PermanentError"

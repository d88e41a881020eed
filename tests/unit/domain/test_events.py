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

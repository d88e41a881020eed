import json
import re
from datetime import timedelta

import pytest

from breakwater.domain.requests import alone_of, new_task
from breakwater.domain.tasks import Kind
from tests.fakes.tasks import NOW, a_request, a_task

QUESTION = {"conversation_id": "c-1", "content": "Hello", "deadline_seconds": 3600}


@pytest.mark.parametrize(
    ("kind", "command", "alone"),
    [
        (Kind.SYNC, {"system": "jira"}, "sync/jira"),
        (Kind.CHAT, QUESTION, "conversation/c-1"),
        (Kind.DEPLOYMENT, {"connector_type": "intune"}, None),
    ],
)
def test__alone__follows_from_kind_and_command(
    kind: Kind, command: dict[str, str], alone: str | None
) -> None:
    assert alone_of(kind, command) == alone
    assert a_request(kind=kind, command=command).alone == alone


def test__origin__is_the_tasks_own_mark_unless_it_retries_another() -> None:
    first = a_task()
    assert json.loads(first.input)["origin"] == first.mark
    again = new_task(a_request(), now=NOW, due_after=timedelta(seconds=60), origin=first.mark)
    assert again.task_id != first.task_id
    assert json.loads(again.input)["origin"] == first.mark


def test__key_is_free_again__same_id_and_nothing_that_the_first_one_has_marked() -> None:
    first, second = (
        a_task(now=now, idempotency_key="daily") for now in (NOW, NOW + timedelta(days=31))
    )
    assert second.task_id == first.task_id
    assert second.mark != first.mark
    assert json.loads(second.input)["origin"] != json.loads(first.input)["origin"]


def test__mark__fits_every_vendors_field_and_begins_with_the_tasks_id() -> None:
    task = a_task()
    assert re.fullmatch(r"[0-9a-f-]{36}-[0-9a-f]{16}", task.mark)
    assert task.mark.startswith(task.task_id)


def test__subject__is_the_conversation_of_a_chat_and_the_intent_of_a_score() -> None:
    assert a_task(kind=Kind.CHAT, service="ai", command=QUESTION).subject == "c-1"
    assert a_task(kind=Kind.RISK_SCORE, command={"intent_id": "i-1"}).subject == "i-1"
    assert a_task().subject is None

"""What the tables and conversations hold is read as it was written by the product's own stores."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from breakwater.adapters.dynamodb.mapping import to_event_item, to_values
from breakwater.adapters.dynamodb.models import EventItem, ExecutionItem, InputItem, bound
from breakwater.domain.events import ending
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from infra.local.client import Client
from infra.local.stack import LocalStack
from tests.chaos import witness
from tests.chaos.book import Accepted
from tests.chaos.wishes import Wish
from tests.fakes.tasks import NOW, a_task

TASK = a_task(deadline=timedelta(minutes=5))
OUTCOME = Outcome(status=Status.SUCCESS, result={})


def stack(**tables: list[dict[str, Any]]) -> LocalStack:
    """Return as much of a stack as is asked: tables of which each item is a page."""

    def paginate(*, TableName: str, ConsistentRead: bool) -> list[dict[str, Any]]:  # noqa: N803
        assert ConsistentRead
        return [{"Items": [item]} for item in tables[TableName]]

    dynamodb = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    return cast(
        "LocalStack",
        SimpleNamespace(
            aws=SimpleNamespace(dynamodb=dynamodb),
            outputs={"ExecutionsTable": "executions", "EventsTable": "events"},
            api_url="http://api",
            tokens={"submit": "token"},
        ),
    )


def executions() -> list[dict[str, Any]]:
    """Return a task's item, and the one of a large input beside it."""
    item = bound(ExecutionItem, "executions")(**to_values(TASK))
    apart = bound(InputItem, "executions")(task_id="x#input", input=b"{}", expires_at=1)
    return [item.serialize(), apart.serialize()]


def test__records__are_the_tasks() -> None:
    [record] = witness.records(stack(executions=executions())).values()

    assert (record.task_id, record.kind, record.status) == (TASK.task_id, "deployment", "PENDING")
    assert record.deadline - record.created_at == 300.0


def test__records__say_of_what_a_task_failed() -> None:
    failed = {**to_values(TASK), "problem": {"type": "TransientError", "message": "no"}}
    item = bound(ExecutionItem, "executions")(**failed).serialize()

    [record] = witness.records(stack(executions=[item])).values()

    assert record.error == "TransientError"


def test__unfinished__until_its_end() -> None:
    assert [one.task_id for one in witness.unfinished(stack(executions=executions()))] == [
        TASK.task_id
    ]


def test__endings__are_the_events_that_say_so() -> None:
    event = ending(TASK, OUTCOME, at=NOW)
    written = to_event_item(bound(EventItem, "events"), event).serialize()
    other = {**written, "data": {"S": '{"old": "closed", "new": "open"}'}}

    [found] = witness.endings(stack(events=[other, written]))

    assert (found.task_id, found.status, found.at) == (TASK.task_id, "SUCCESS", NOW.timestamp())


def test__said__how_many_messages_of_each_role_stand_in_a_conversation_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages = [{"task_id": "t", "role": role} for role in ("user", "assistant", "assistant")]
    asked: list[str] = []

    def request(self: Client, method: str, path: str) -> httpx.Response:
        asked.append(path)
        answer = httpx.Response(200, json={"messages": messages})
        answer.request = httpx.Request(method, "http://api")
        return answer

    monkeypatch.setattr(Client, "request", request)
    wish = Wish(kind="chat", service="ai", path="conversations/c/messages", body={})
    other = Wish(kind="sync", service="jira", path="integrations/jira/sync", body={})

    said = witness.said(
        stack(),
        [
            Accepted(task_id="t", wish=wish),
            Accepted(task_id="tried again", wish=wish, retry_of="t"),
            Accepted(task_id="s", wish=other),
        ],
    )

    assert said == {"conversations/c/messages": {"user": 1, "assistant": 2}}
    assert asked == ["conversations/c"]

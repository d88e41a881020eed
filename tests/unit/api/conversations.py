"""Conversations as the API's tests begin and carry them on."""

import json
from typing import Any

from breakwater.domain.chats import (
    Message,
    Role,
    message_id,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from tests.fakes.front import Answer, Front

ROOT = "/api/v1/conversations"
NOBODYS = f"{ROOT}/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
QUESTION = {"content": "Why?"}


def begin(front: Front, title: str | None = None) -> str:
    """Begin a conversation and return its path."""
    answer = front.post_to(ROOT, None if title is None else {"title": title})
    assert answer.status == 201
    return answer.headers["location"]


def ask(front: Front, path: str, content: str = "Why?", **options: Any) -> Answer:
    return front.post_to(f"{path}/messages", {"content": content}, **options)


def answered(front: Front, content: str = "Because.") -> Task:
    """Let the workflow answer what was asked last."""
    task = front.engine.started[-1]
    claimed = front.claim(task.task_id)
    store, now = front.conversations, front.clock.now()
    turn = store.ask(
        claimed,
        origin=task.mark,
        content=json.loads(task.input)["command"]["content"],
        now=now,
    )
    store.answer(
        claimed,
        Message(
            message_id=message_id(task.mark, Role.ASSISTANT),
            turn=turn.question.turn,
            role=Role.ASSISTANT,
            content=content,
            created_at=now,
            task_id=task.task_id,
            metadata={"model": "m"},
        ),
    )
    done = Outcome(status=Status.SUCCESS, result={})
    front.store.settle(claimed, done, now=now, expires_at=task.deadline)
    return task

"""What every ConversationStore promises, whoever dies, repeats or comes late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.chats import MAX_TURNS, Message, Role, Turn, message_id
from breakwater.domain.errors import (
    ConfigurationError,
    ConversationFullError,
    StaleAttemptError,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.conversations import CONVERSATION_ID, a_conversation
from tests.fakes.tasks import NOW, a_task, attempt, claim
from tests.fakes.threads import at_once

LATER = NOW + timedelta(seconds=9)


@pytest.fixture(autouse=True)
def conversation(stores: Stores) -> None:
    stores.conversations.create(a_conversation())


def running(stores: Stores, *, conversation_id: str = CONVERSATION_ID, **changes: Any) -> Task:
    """Return a chat's task that an attempt has claimed."""
    command = {"conversation_id": conversation_id, "content": "?", "deadline_seconds": 3600}
    task = a_task(kind=Kind.CHAT, service="ai", command=command, **changes)
    stores.executions.create(task, now=NOW)
    return claimed(stores, task)


def claimed(stores: Stores, task: Task, number: int = 1) -> Task:
    return claim(stores.executions, task, attempt(number), due_at=LATER)


def ask(stores: Stores, task: Task, content: str = "Why?", *, origin: str | None = None) -> Turn:
    return stores.conversations.ask(task, origin=origin or task.mark, content=content, now=NOW)


def an_answer(task: Task, turn: int, content: str = "Because.") -> Message:
    return Message(
        message_id=message_id(task.mark, Role.ASSISTANT),
        turn=turn,
        role=Role.ASSISTANT,
        content=content,
        created_at=LATER,
        task_id=task.task_id,
        metadata={"model": "m", "tokens": {"input": 1, "output": 2}, "confidence": None},
    )


def texts(stores: Stores) -> list[str]:
    said = stores.conversations.read(CONVERSATION_ID, after=None, limit=100)
    return [message.content for message in said.messages]


def test__create__again__the_first_one_stands(stores: Stores) -> None:
    other = a_conversation(title="Another", owner="user-2")
    assert stores.conversations.create(other) == a_conversation()
    assert stores.conversations.get(CONVERSATION_ID) == a_conversation()


def test__get__unknown__is_none(stores: Stores) -> None:
    assert stores.conversations.get("0" * 36) is None


def test__ask__stores_the_question_and_counts_the_turn(stores: Stores) -> None:
    task = running(stores)
    turn = ask(stores, task)
    question = turn.question
    assert turn.answer is None
    assert (question.turn, question.role, question.content) == (1, Role.USER, "Why?")
    assert question.message_id == message_id(task.mark, Role.USER)
    assert question.task_id == task.task_id
    standing = a_conversation(turns=1, last_message_at=NOW)
    assert stores.conversations.get(CONVERSATION_ID) == standing
    assert stores.conversations.read(CONVERSATION_ID, after=None, limit=9).messages == [question]


def test__ask__again__returns_the_turn_as_it_stands(stores: Stores) -> None:
    task = running(stores)
    first = ask(stores, task)
    assert ask(stores, claimed(stores, task, 2), "Other words?") == first
    answer = stores.conversations.answer(claimed(stores, task, 3), an_answer(task, 1))
    assert ask(stores, claimed(stores, task, 4)) == Turn(first.question, answer)
    assert texts(stores) == ["Why?", "Because."]


def test__ask__a_retry_as_a_new_task__goes_on_with_its_origins_turn(stores: Stores) -> None:
    first, other = running(stores), running(stores)
    ask(stores, first)
    ask(stores, other, "And then?")
    stores.conversations.answer(other, an_answer(other, 2, "Then not."))
    retry = running(stores)
    turn = ask(stores, retry, origin=first.mark)
    assert (turn.question.turn, turn.question.task_id) == (1, first.task_id)
    stores.conversations.answer(retry, an_answer(retry, 1))
    assert texts(stores) == ["Why?", "Because.", "And then?", "Then not."]


def test__ask__an_overtaken_attempt__says_nothing(stores: Stores) -> None:
    task = running(stores)
    claimed(stores, task, 2)
    with pytest.raises(StaleAttemptError):
        ask(stores, task)
    assert texts(stores) == []
    assert stores.conversations.get(CONVERSATION_ID) == a_conversation()


def test__ask__many_at_once__each_has_a_turn_of_its_own(stores: Stores) -> None:
    tasks = [running(stores) for _ in range(4)]
    turns = at_once(4, lambda number: ask(stores, tasks[number], tasks[number].task_id))
    assert sorted(turn.question.turn for turn in turns) == [1, 2, 3, 4]
    assert sorted(texts(stores)) == sorted(task.task_id for task in tasks)
    standing = stores.conversations.get(CONVERSATION_ID)
    assert standing is not None
    assert standing.turns == 4


def test__ask__full__is_refused(stores: Stores) -> None:
    full = a_conversation(conversation_id="full", turns=MAX_TURNS)
    stores.conversations.create(full)
    with pytest.raises(ConversationFullError):
        ask(stores, running(stores, conversation_id="full"))
    assert stores.conversations.get("full") == full


def test__ask__no_such_conversation__is_a_fault_of_ours(stores: Stores) -> None:
    with pytest.raises(ConfigurationError):
        ask(stores, running(stores, conversation_id="unknown"))


def test__answer__stands_beside_its_question_with_its_metadata(stores: Stores) -> None:
    task = running(stores)
    ask(stores, task)
    answer = an_answer(task, 1)
    assert stores.conversations.answer(task, answer) == answer
    said = stores.conversations.read(CONVERSATION_ID, after=None, limit=9)
    assert said.messages[1] == answer
    standing = a_conversation(turns=1, last_message_at=LATER)
    assert stores.conversations.get(CONVERSATION_ID) == standing


def test__answer__another_one_stands__it_stays(stores: Stores) -> None:
    task = running(stores)
    ask(stores, task)
    first = stores.conversations.answer(task, an_answer(task, 1, "First."))
    again = stores.conversations.answer(claimed(stores, task, 2), an_answer(task, 1, "Second."))
    assert again == first
    assert texts(stores) == ["Why?", "First."]


def test__answer__empty__is_kept(stores: Stores) -> None:
    task = running(stores)
    ask(stores, task)
    stores.conversations.answer(task, an_answer(task, 1, ""))
    assert texts(stores) == ["Why?", ""]


def test__answer__after_the_tasks_end__says_nothing(stores: Stores) -> None:
    task = running(stores)
    ask(stores, task)
    failed = Outcome(status=Status.FAILED)
    stores.executions.settle(claimed(stores, task, 2), failed, now=NOW, expires_at=LATER)
    with pytest.raises(StaleAttemptError):
        stores.conversations.answer(task, an_answer(task, 1))
    with pytest.raises(StaleAttemptError):
        stores.conversations.answer(replace(task, task_id="0" * 36), an_answer(task, 1))
    assert texts(stores) == ["Why?"]


def test__read__page_after_page__every_message_once_in_order(stores: Stores) -> None:
    for number in range(1, 13):
        task = running(stores)
        ask(stores, task, f"Question {number}")
        if number % 3:
            stores.conversations.answer(task, an_answer(task, number, f"Answer {number}"))
    pages, position = [], None
    while True:
        said = stores.conversations.read(CONVERSATION_ID, after=position, limit=7)
        pages += [message.content for message in said.messages]
        assert len(said.messages) <= 7
        position = said.position
        if position is None:
            break
    expected = []
    for number in range(1, 13):
        expected += [f"Question {number}", *([f"Answer {number}"] if number % 3 else [])]
    assert pages == expected


def test__before__newest_first_and_no_more_than_asked_for(stores: Stores) -> None:
    for number in range(1, 5):
        task = running(stores)
        ask(stores, task, f"Question {number}")
        stores.conversations.answer(task, an_answer(task, number, f"Answer {number}"))
    found = stores.conversations.before(CONVERSATION_ID, 4, limit=3)
    assert [one.content for one in found] == ["Answer 3", "Question 3", "Answer 2"]
    assert stores.conversations.before(CONVERSATION_ID, 1, limit=3) == []


def test__conversations__share_nothing(stores: Stores) -> None:
    stores.conversations.create(a_conversation(conversation_id="other"))
    ask(stores, running(stores), "Here?")
    ask(stores, running(stores, conversation_id="other"), "There?")
    said = stores.conversations.read("other", after=None, limit=9)
    assert [one.content for one in said.messages] == ["There?"]
    assert texts(stores) == ["Here?"]

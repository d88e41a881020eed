from datetime import timedelta

import pytest

from breakwater.domain.chats import Answer, FinishReason, Role, message_id, tokens_of
from breakwater.domain.errors import (
    AlreadyRunningError,
    BreakwaterError,
    CircuitBreakerOpenError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.fakes.conversations import CONVERSATION_ID
from tests.unit.services.chatting import ChatBench
from tests.unit.services.mortal import Died

DOWN = TransientError("ai answered 503", service="ai", status_code=503)


def die() -> None:
    raise Died


@pytest.fixture
def bench() -> ChatBench:
    return ChatBench()


def test__chat__answered__both_messages_stand_and_the_task_says_which(bench: ChatBench) -> None:
    bench.provider.script = [lambda: bench.clock.advance(60)]
    machine = bench.accept()
    task = machine.run()

    assert bench.said() == [("user", "Why?"), ("assistant", "Hello. (1)")]
    assert (task.status, bench.events()) == (Status.SUCCESS, ["AI_CHAT_COMPLETED"])
    answer = bench.conversations.of(CONVERSATION_ID)[1]
    assert task.result == {
        "conversation_id": CONVERSATION_ID,
        "message_id": answer.message_id,
        "metadata": {
            "model": "twin-1",
            "tokens": {"input": 3, "output": 2},
            "confidence": None,
            "finish_reason": "stop",
            "latency_ms": 60_000,
            "left_out": 0,
        },
    }
    assert answer.metadata == task.result["metadata"]
    conversation = bench.conversations.get(CONVERSATION_ID)
    assert conversation is not None
    assert conversation.last_message_at == bench.clock.now()
    [event] = bench.executions.events
    assert event.data["conversation_id"] == CONVERSATION_ID
    assert "Hello" not in str(event.data)


def test__chat__provider_is_shown_what_was_said_before(bench: ChatBench) -> None:
    bench.accept("First?").run()
    bench.accept("Second?").run()
    assert bench.provider.asked[1].messages == [
        (Role.USER, "First?"),
        (Role.ASSISTANT, "Hello. (1)"),
        (Role.USER, "Second?"),
    ]


def test__chat__budget__leaves_out_the_oldest_turns_and_says_how_many(bench: ChatBench) -> None:
    for number in range(4):
        bench.accept(f"Question {number}?").run()
    turn = tokens_of("Question 0?") + tokens_of("Hello. (1)")
    bench.provider.tokens = 2 * turn + tokens_of("Last?")
    task = bench.accept("Last?").run()
    shown = [content for _, content in bench.provider.asked[-1].messages]
    assert shown == ["Question 2?", "Hello. (3)", "Question 3?", "Hello. (4)", "Last?"]
    assert task.result is not None
    assert task.result["metadata"]["left_out"] == 2


def test__chat__question_above_the_budget__is_refused_and_nobody_asked(bench: ChatBench) -> None:
    bench.provider.tokens = 10
    task = bench.accept("x" * 40).run()
    assert task.status is Status.FAILED
    assert task.problem is not None
    assert task.problem.type == "PermanentError"
    assert "10 are allowed" in task.problem.message
    assert bench.provider.asked == []
    assert bench.events() == ["AI_CHAT_FAILED"]


def test__chat__an_unanswered_question__is_not_shown_later(bench: ChatBench) -> None:
    bench.provider.script = [PermanentError("no", service="ai", status_code=400)]
    bench.accept("Refused?").run()
    bench.accept("Next?").run()
    assert bench.provider.asked[1].messages == [(Role.USER, "Next?")]
    assert bench.said() == [("user", "Refused?"), ("user", "Next?"), ("assistant", "Hello. (2)")]


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test__chat__cut_or_filtered__is_kept_and_reported(
    bench: ChatBench, reason: FinishReason
) -> None:
    bench.provider.answer = Answer(content="So f", model="m", finish_reason=reason)
    task = bench.accept().run()
    assert task.status is Status.SUCCESS
    assert task.result is not None
    assert task.result["metadata"]["finish_reason"] == reason.value
    assert task.result["metadata"]["tokens"] is None


def test__chat__one_failure_that_passes__is_retried_and_one_message_each(
    bench: ChatBench,
) -> None:
    bench.provider.script = [DOWN]
    task = bench.accept().run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 2)
    assert [role for role, _ in bench.said()] == ["user", "assistant"]
    assert bench.events() == ["AI_CHAT_COMPLETED"]


def test__chat__provider_stays_down__two_retries_then_failed(bench: ChatBench) -> None:
    bench.provider.script = [DOWN] * 9
    task = bench.accept().run()
    assert (task.status, len(bench.provider.asked)) == (Status.FAILED, 3)
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 503)
    assert bench.said() == [("user", "Why?")]
    assert bench.events() == ["AI_CHAT_FAILED"]


def test__chat__answers_are_lost_each_time__asks_three_times_at_most(bench: ChatBench) -> None:
    machine = bench.accept()
    for _ in range(3):  # killed before the answer could be stored, by more than one cause
        bench.provider.script = [die]
        with pytest.raises(Died):
            machine.complete()
        machine.retry()
    machine.go_on(machine.complete())
    assert (machine.now.status, len(bench.provider.asked)) == (Status.FAILED, 3)
    assert bench.events() == ["AI_CHAT_FAILED"]


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError("ai answered 429", retry_after=120, service="ai", status_code=429),
        CircuitBreakerOpenError("ai", retry_after=60),
    ],
)
def test__chat__asked_for_patience__waits_without_using_up_tries(
    bench: ChatBench, error: BreakwaterError
) -> None:
    bench.provider.script = [error] * 5
    machine = bench.accept()
    directive = machine.complete()
    assert directive.next is Next.COMPLETE
    assert machine.now.status is Status.RETRYING
    machine.go_on(directive)
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)


def test__chat__lambda_was_throttled_each_time__is_no_try(bench: ChatBench) -> None:
    bench.provider.script = [CircuitBreakerOpenError("ai", retry_after=60)] * 5
    machine = bench.accept(deadline=timedelta(hours=6))
    for _ in range(5):
        machine.retry_count = 1  # the first invocation of the state was refused for capacity
        machine.go_on(machine.step())
    assert (machine.now.status, machine.now.attempt) == (Status.RETRYING, 1)
    assert machine.run().status is Status.SUCCESS


def test__chat__on_open_circuit_fail__fails_at_once(bench: ChatBench) -> None:
    bench.provider.script = [CircuitBreakerOpenError("ai", retry_after=60)]
    task = bench.accept(on_open_circuit="fail").run()
    assert task.problem is not None
    assert (task.status, task.problem.type) == (Status.FAILED, "CircuitBreakerOpenError")


def test__chat__deadline_passes__fails_and_asks_no_more(bench: ChatBench) -> None:
    machine = bench.accept(deadline=timedelta(minutes=15))
    bench.clock.advance(901)
    task = machine.run()
    assert task.problem is not None
    assert (task.status, task.problem.type) == (Status.FAILED, "DeadlineExceededError")
    assert bench.provider.asked == []


def test__retry_as_a_new_task__same_origin__answers_the_question_that_stands(
    bench: ChatBench,
) -> None:
    bench.provider.script = [DOWN] * 3
    first = bench.accept("Why?")
    first.run()
    bench.accept("Meanwhile?").run()
    again = bench.accept("Why?", origin=first.task.mark)
    assert again.run().status is Status.SUCCESS
    assert bench.said() == [
        ("user", "Why?"),
        ("assistant", "Hello. (5)"),
        ("user", "Meanwhile?"),
        ("assistant", "Hello. (4)"),
    ]
    assert bench.provider.asked[-1].messages == [(Role.USER, "Why?")]
    answer = bench.conversations.of(CONVERSATION_ID)[1]
    assert answer.message_id == message_id(first.task.mark, Role.ASSISTANT)


def test__key_is_free_again__the_new_question_is_asked_and_answered(bench: ChatBench) -> None:
    bench.accept("And October?", key="monthly").run()
    bench.clock.advance(timedelta(days=31).total_seconds())
    again = bench.accept("And November?", key="monthly")
    again.entered = round(timedelta(days=31).total_seconds() * 1000)
    assert again.run().status is Status.SUCCESS
    assert [said for role, said in bench.said() if role == "user"] == [
        "And October?",
        "And November?",
    ]
    assert len(bench.provider.asked) == 2


def test__second_message__while_one_is_being_answered__is_refused_and_named(
    bench: ChatBench,
) -> None:
    first = bench.accept()
    with pytest.raises(AlreadyRunningError) as caught:
        bench.accept()
    assert caught.value.task_id == first.task.task_id
    first.run()
    bench.accept().run()
    assert [role for role, _ in bench.said()] == ["user", "assistant"] * 2

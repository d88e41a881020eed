"""Chats under everything that can happen to them: one question, one answer, one event.

First each cut by itself: a step dies, or hears nothing, at each of its calls to the stores and the
provider, before the call has landed or after, and what had not landed does so later or never. Then
histories of several such attempts, drawn by Hypothesis.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from tests.unit.services.chatting import ChatBench, Machine
from tests.unit.services.mortal import Death, Died, Life, Mortal, deaths

CALLS = 7
"""An attempt's: claim, ask, budget, before, complete, answer, settle."""
ASKED, STORED = 4, 5
"""How many calls come before the provider's, and before the one that stores its answer."""
ERRORS = [Died(), StorageUnavailableError("no answer")]


def attempt(bench: ChatBench, machine: Machine, death: Death) -> Life:
    """Run one attempt that ends as `death` says; return what is left of it."""
    life = Life(death)
    mortal = bench.chat(
        executions=Mortal(bench.executions, life),
        conversations=Mortal(bench.conversations, life),
        provider=Mortal(bench.provider, life),
    )
    try:
        machine.go_on(machine.complete(mortal))
    except (Died, StorageUnavailableError):
        machine.retry()
    if death.wakes:
        life.wake()
    return life


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("wakes", [True, False])
@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("calls", range(CALLS))
def test__chat__cut_at_each_call__one_question_one_answer_one_event(
    calls: int, landed: bool, wakes: bool, error: BaseException
) -> None:
    bench = ChatBench()
    machine = bench.accept()
    life = attempt(bench, machine, Death(calls, landed, error, wakes))
    task = machine.run()
    life.wake()

    assert task.status is Status.SUCCESS
    assert [role for role, _ in bench.said()] == ["user", "assistant"]
    assert bench.events() == ["AI_CHAT_COMPLETED"]
    stored_at_the_cut = calls > STORED or (calls == STORED and landed)
    if stored_at_the_cut or calls < ASKED:
        assert len(bench.provider.asked) == 1
    else:
        assert len(bench.provider.asked) <= 2
    assert task.result is not None
    told, stored = task.result["message_id"], list(bench.conversations.messages.values())
    assert told == stored[1].message_id


def test__an_attempt__makes_just_the_calls_that_are_cut() -> None:
    bench = ChatBench()
    machine = bench.accept()
    life = attempt(bench, machine, Death(99, True, Died(), wakes=False))
    assert machine.ended
    assert life.calls == CALLS


@settings(max_examples=300, deadline=None)
@given(
    first=st.lists(deaths(CALLS), max_size=4),
    second=st.lists(deaths(CALLS), max_size=4),
)
def test__chats__whatever_happens__nothing_stands_twice_or_interleaved(
    first: list[Death], second: list[Death]
) -> None:
    bench = ChatBench()
    late: list[Life] = []
    for question, history in (("First?", first), ("Second?", second)):
        machine = bench.accept(question)
        for death in history:
            if machine.ended:
                break
            late.append(attempt(bench, machine, death))
        machine.run()
        assert len(bench.provider.asked) <= 3 * (1 if question == "First?" else 2)
    for life in late:
        life.wake()

    said, events = bench.said(), bench.events()
    assert len(events) == 2
    questions = [content for role, content in said if role == "user"]
    assert questions == [q for q in ("First?", "Second?") if q in questions]
    for place, (role, _) in enumerate(said):
        if role == "assistant":
            assert said[place - 1][0] == "user"
    done = events.count("AI_CHAT_COMPLETED")
    assert done <= sum(role == "assistant" for role, _ in said)

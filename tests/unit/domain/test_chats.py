from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.domain.chats import (
    MAX_ANSWER_BYTES,
    Answer,
    FinishReason,
    Message,
    Role,
    checked,
    joined,
    message_id,
    prompt_for,
    tokens_of,
)
from breakwater.domain.errors import ConfigurationError, PermanentError, TransientError
from breakwater.domain.providers import ProviderSettings
from tests.fakes.tasks import NOW

ANSWERS = st.none() | st.text(max_size=40) | st.sampled_from([" ", "\n"])
TURNS = st.lists(st.tuples(st.text(max_size=40), ANSWERS), max_size=12)


def message(turn: int, role: Role, content: str) -> Message:
    return Message(
        message_id=message_id(str(turn), role),
        turn=turn,
        role=role,
        content=content,
        created_at=NOW,
        task_id="t",
    )


def newest_first(turns: Sequence[tuple[str, str | None]]) -> list[Message]:
    said = []
    for number, (question, answer) in enumerate(turns, 1):
        said.append(message(number, Role.USER, question))
        if answer is not None:
            said.append(message(number, Role.ASSISTANT, answer))
    return said[::-1]


@given(turns=TURNS, question=st.text(min_size=1, max_size=40), budget=st.integers(0, 400))
def test__prompt__is_a_budgets_worth_of_the_newest_answered_turns(
    turns: list[tuple[str, str | None]], question: str, budget: int
) -> None:
    prompt = prompt_for(question, newest_first(turns), budget=budget, turns=len(turns))
    roles = [role for role, _ in prompt.messages]
    shown = prompt.messages[:-1]

    assert prompt.messages[-1] == (Role.USER, question)
    assert roles == [Role.USER, Role.ASSISTANT] * (len(shown) // 2) + [Role.USER]
    answered = [(asked, said) for asked, said in turns if said and said.strip()]
    pairs = [(shown[at][1], shown[at + 1][1]) for at in range(0, len(shown), 2)]
    assert pairs == answered[len(answered) - len(pairs) :]
    if shown:
        assert sum(tokens_of(content) for _, content in prompt.messages) <= budget
    assert prompt.left_out == len(turns) - len(pairs)
    if len(pairs) < len(answered):  # the next older turn would not have fitted
        older = sum(tokens_of(one) for one in answered[-len(pairs) - 1])
        assert sum(tokens_of(content) for _, content in prompt.messages) + older > budget


def test__tokens__are_estimated_by_bytes() -> None:
    assert [tokens_of(text) for text in ("", "abc", "abcd", "\N{BUG}")] == [4, 5, 6, 6]


def answer(content: str, reason: FinishReason = FinishReason.STOP) -> Answer:
    return Answer(content=content, model="m", finish_reason=reason)


def test__answer__is_kept_up_to_its_bound() -> None:
    assert checked(answer("x" * MAX_ANSWER_BYTES))
    with pytest.raises(PermanentError):
        checked(answer("\N{BUG}" * (MAX_ANSWER_BYTES // 4 + 1)))


@pytest.mark.parametrize("reason", FinishReason)
def test__empty_answer__is_one_only_where_the_reason_says_why(reason: FinishReason) -> None:
    if reason in {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}:
        assert checked(answer("", reason)).content == ""
        return
    with pytest.raises(TransientError):
        checked(answer("", reason))


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 40))
def test__joined__can_be_stored_and_loses_no_whole_character(text: str, at: int) -> None:
    whole = joined([text[:at], text[at:]])
    assert whole.encode().decode() == whole
    if not any("\ud800" <= one <= "\udfff" for one in text):
        assert whole == text


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["Hi \ud83d", "\ude00!"], "Hi \N{GRINNING FACE}!"),
        (["Hi \ud83d"], "Hi \N{REPLACEMENT CHARACTER}"),
        (["\ude00", "\ud83d"], "\N{REPLACEMENT CHARACTER}" * 2),
        (["\ufeffHi"], "\ufeffHi"),
    ],
)
def test__joined__halves_of_a_character(pieces: list[str], whole: str) -> None:
    assert joined(pieces) == whole


def test__message_ids__differ_by_origin_and_role_and_by_nothing_else() -> None:
    ids = {message_id(origin, role) for origin in ("a", "b") for role in Role for _ in range(2)}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "provider"),
        ({"provider": "openai"}, "model"),
        ({"provider": "openai", "model": ""}, "model"),
        ({"provider": "openai", "model": "m", "context_tokens": 0}, "context_tokens"),
        ({"provider": "openai", "model": "m", "max_output_tokens": True}, "max_output_tokens"),
        ({"provider": "openai", "model": "m", "max_output_tokens": 10**9}, "max_output_tokens"),
        ({"provider": "openai", "model": "m", "system_prompt": 7}, "system_prompt"),
    ],
)
def test__settings__name_what_is_missing_or_wrong(values: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        ProviderSettings.of(values)


def test__settings__have_defaults() -> None:
    settings = ProviderSettings.of({"provider": "openai", "model": "m"})
    assert (settings.context_tokens, settings.max_output_tokens) == (8_000, 1_024)
    assert settings.system_prompt is None

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.ai.stream import is_whole, read_answer
from breakwater.domain.chats import FinishReason
from breakwater.domain.errors import TransientError

DONE = "data: [DONE]\n\n"


def chunk(content: Any = None, finish_reason: Any = None, **members: Any) -> str:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice], **members})}\n\n"


def read(*events: str) -> Any:
    return read_answer("".join(events).encode(), model="asked-for")


@given(st.lists(st.text(), min_size=1).filter(lambda pieces: "".join(pieces).strip()))
def test__any_text__in_any_pieces__arrives_as_it_was(pieces: list[str]) -> None:
    answer = read(*(chunk(piece) for piece in pieces), chunk(finish_reason="stop"), DONE)
    assert answer.content == "".join(pieces)
    assert (answer.model, answer.finish_reason) == ("asked-for", FinishReason.STOP)


def test__character__in_two_pieces__arrives_whole_and_half_a_one_is_replaced() -> None:
    answer = read(chunk("Hi \ud83d"), chunk("\ude00, \ud83d"), chunk(finish_reason="stop"))
    assert answer.content == "Hi \N{GRINNING FACE}, \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test__lines__end_as_the_standard_allows(newline: str) -> None:
    text = "".join([": ping\n\n", "event: x\nid: 1\n", chunk("Hi"), chunk(finish_reason="stop")])
    assert read(text.replace("\n", newline)).content == "Hi"


def test__data__over_several_lines_and_without_a_blank_is_one_event() -> None:
    text = 'data:{"choices": [{"delta":\ndata: {"content": "Hi"},\ndata:"finish_reason": "stop"}]}'
    assert read(text).content == "Hi"


def test__what_follows_the_last_word__is_not_heard() -> None:
    answer = read(chunk("Hi"), DONE, chunk(" there"), "data: nonsense\n\n")
    assert (answer.content, answer.finish_reason) == ("Hi", FinishReason.OTHER)


def test__other_choices_and_unknown_members__are_passed_over() -> None:
    other = {"index": 1, "delta": {"content": "Bye"}, "finish_reason": "length"}
    answer = read(
        f"data: {json.dumps({'choices': [other]})}\n\n",
        f"data: {json.dumps({'choices': None, 'x': 1})}\n\n",
        f"data: {json.dumps({'choices': [None, 7]})}\n\n",
        chunk("Hi", "stop"),
    )
    assert (answer.content, answer.finish_reason) == ("Hi", FinishReason.STOP)


def test__usage_and_model__are_taken_where_they_make_sense() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    answer = read(chunk("Hi", "stop", model="m" * 999), chunk(usage=usage))
    assert (answer.input_tokens, answer.output_tokens) == (5, 2)
    assert answer.model == "m" * 200
    assert read(chunk("Hi", "stop", model="m\ud800")).model == "m\ufffd"
    strange = {"prompt_tokens": "5", "completion_tokens": -1}
    answer = read(chunk("Hi", "stop", model=7), chunk(usage=strange))
    assert (answer.input_tokens, answer.output_tokens, answer.model) == (None, None, "asked-for")


def test__confidence__is_the_geometric_mean_of_what_was_told() -> None:
    tokens = [{"logprob": value} for value in (-0.5, -1.5, 0.3, None)]
    told = {
        "choices": [
            {
                "delta": {"content": "Hi"},
                "finish_reason": "stop",
                "logprobs": {"content": [*tokens, 7]},
            }
        ]
    }
    assert read(f"data: {json.dumps(told)}\n\n").confidence == 0.3679  # e^-1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Hello.",
        "data: {\n\n",
        "data: [1]\n\n",
        "data: " + "[" * 100_000 + "\n\n",
        chunk("Hi"),
        chunk("Hi") + 'data: {"error": {"message": "down"}}\n\n',
        chunk("", "stop"),
        chunk(" \n", "stop"),
        DONE,
    ],
)
def test__no_whole_answer__may_pass(body: str) -> None:
    with pytest.raises(TransientError) as caught:
        read(body)
    assert not caught.value.may_have_applied
    assert "down" not in str(caught.value)


def test__not_utf_8__may_pass() -> None:
    with pytest.raises(TransientError):
        read_answer(b"data: \xff\n\n", model="m")


@pytest.mark.parametrize(
    ("tail", "whole"),
    [
        (b'..."}\n\ndata: [DONE]', True),
        (b'..."}\n\ndata: [DONE]\n\n', True),
        (b'..."}\r\n\r\ndata:[DONE]\r\n\r\n', True),
        (b'"content": "data: [DONE]', False),
        (b'"content": "\\ndata: [DONE]', False),
        (b"data: [DONE", False),
        (b"", False),
    ],
)
def test__last_word__is_known_by_its_place(tail: bytes, whole: bool) -> None:
    assert is_whole(tail) is whole

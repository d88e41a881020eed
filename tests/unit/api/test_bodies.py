import base64
import json
from typing import Any

import pytest

from breakwater.domain.requests import MAX_BODY_BYTES
from tests.fakes.front import BODY, Front

TEXT = json.dumps(BODY)


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json ;charset=UTF-8",
    ],
)
def test__media_type__json__is_taken(front: Front, media_type: str) -> None:
    assert front.post_text(TEXT, content_type=media_type).status == 202


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application"],
)
def test__media_type__another_or_none__is_415(front: Front, media_type: str) -> None:
    assert front.post_text(TEXT, content_type=media_type).status == 415


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        "null null",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        f'{{"a": {"9" * 5000}}}',
        '{"a": "\x00"}',
        "\ud800",
        "\x00",
    ],
)
def test__body__not_json__is_400(front: Front, text: str) -> None:
    answer = front.post_text(text)

    assert answer.status == 400
    assert answer.json["detail"] == "The body is not JSON."


@pytest.mark.parametrize("value", [None, True, 1, "text", [], [BODY]])
def test__body__not_an_object__is_400_at_the_root(front: Front, value: Any) -> None:
    answer = front.post(value)

    assert (answer.status, answer.faults) == (400, {"": "expected an object"})


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test__body__nested_however_deep__is_400(front: Front, opening: str, closing: str) -> None:
    # Each depth: only one of them can be read and is too deep for the next step.
    for depth in [150, *range(850, 1000), MAX_BODY_BYTES // 6 - 100]:
        inner = opening * depth + "1" + closing * depth
        answer = front.post_text(f'{{"connector_type":"intune","payload":{inner}}}')

        assert answer.status == 400, depth


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (TEXT.encode("utf-16"), "another encoding"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "half a surrogate pair"),
    ],
)
def test__base64__not_utf8__is_400(front: Front, raw: bytes, why: str) -> None:
    assert front.post_text(encoded(raw), is_base64=True).status == 400, why


def test__base64__json__is_taken_with_or_without_a_byte_order_mark(front: Front) -> None:
    assert front.post_text(encoded(TEXT.encode()), is_base64=True).status == 202
    assert front.post_text(encoded(TEXT.encode("utf-8-sig")), is_base64=True).status == 202


@pytest.mark.parametrize("text", ["=", "abc", "!!!!", "é", "e30=\n"])
def test__base64__garbage__is_400(front: Front, text: str) -> None:
    answer = front.post_text(text, is_base64=True)

    assert (answer.status, answer.json["detail"]) == (400, "The body is not JSON.")


def padded(size: int, filler: str = " ") -> str:
    """Return a valid body of `size` bytes, or one less where the filler does not fit."""
    room = size - len(TEXT.encode())
    if filler == " ":
        return TEXT + " " * room
    ahead = '{"connector_type":"intune","payload":"'
    return ahead + filler * ((size - len(ahead) - 2) // len(filler.encode())) + '"}'


def test__size__the_limit_itself__is_taken(front: Front) -> None:
    assert front.post_text(padded(MAX_BODY_BYTES)).status == 202


@pytest.mark.parametrize("is_base64", [False, True])
def test__size__one_byte_more__is_413_before_anything_is_written(
    front: Front, is_base64: bool
) -> None:
    text = padded(MAX_BODY_BYTES + 1)
    answer = front.post_text(encoded(text.encode()) if is_base64 else text, is_base64=is_base64)

    assert answer.status == 413
    assert str(MAX_BODY_BYTES) in answer.json["detail"]
    assert front.store.tasks == {}


def test__size__base64_longer_than_the_limit__counts_what_it_stands_for(front: Front) -> None:
    text = encoded(padded(MAX_BODY_BYTES).encode())

    assert len(text) > MAX_BODY_BYTES
    assert front.post_text(text, is_base64=True).status == 202


def test__size__characters_of_several_bytes__counts_bytes(front: Front) -> None:
    short = padded(MAX_BODY_BYTES - 4, "€")
    long = padded(MAX_BODY_BYTES + 4, "€")

    assert len(long) < MAX_BODY_BYTES / 2
    assert front.post_text(short).status == 400
    assert front.post_text(long).status == 413


def test__size__wrong_media_type_and_too_large__is_413(front: Front) -> None:
    answer = front.post_text(padded(MAX_BODY_BYTES + 1), content_type="text/plain")

    assert answer.status == 413

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.words import END, LONGEST, plain, redacted
from tests.fakes.http import ok


@pytest.mark.parametrize("text", ["published", "CHG0030001", "OPS-1", "SMS.Provider_5", "x" * 64])
def test__plain__names_codes_and_ids_as_they_are(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two words",
        "a/b",
        "a\n",
        "a:b",
        "caf\u00e9",
        "\ud800",
        "x" * 65,
        None,
        7,
        True,
        ["a"],
        {},
    ],
)
def test__plain__all_else_is_withheld(text: object) -> None:
    assert plain(text) is None


def test__plain__as_long_as_it_is_told() -> None:
    assert (plain("abc", 3), plain("abcd", 3)) == ("abc", None)


@given(st.text())
def test__plain__never_more_than_a_store_and_a_line_can_hold(text: str) -> None:
    found = plain(text)
    if found is not None:
        assert found == text
        assert found.isascii()
        assert 0 < len(found.split()[0]) == len(found) <= LONGEST


def test__redacted__the_text_alone_and_a_part_of_it() -> None:
    document = {"text": "token=abc " + "x" * 9_000 + " token=def", "other": "token=abc"}
    start, end = (redacted(document, "text", ok(), *part) for part in ([], [END]))
    assert str(start["text"]).startswith("token=[redacted] xxx")
    assert str(end["text"]).endswith("xxx token=[redacted]")
    assert max(len(str(one["text"])) for one in (start, end)) < 4_200
    assert start["other"] == "token=abc"


@pytest.mark.parametrize("text", [None, 7, ["token=abc"]])
def test__redacted__no_text__left_as_it_is(text: object) -> None:
    assert redacted({"text": text}, "text", ok()) == {"text": text}
    assert redacted({}, "text", ok()) == {}

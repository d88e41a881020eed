import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.words import LONGEST, plain


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

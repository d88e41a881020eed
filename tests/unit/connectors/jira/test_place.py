"""Where a page begins, and when tokens are seen to lead nowhere."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.jira.pull import Place, quoted
from breakwater.domain.errors import TransientError


@given(lead=st.integers(0, 40), circle=st.integers(1, 40))
def test__tokens_go_round__noticed_within_a_few_rounds(lead: int, circle: int) -> None:
    place = Place(start=1)

    def follow_all() -> None:
        nonlocal place
        for number in range(4 * (lead + circle) + 2):
            token = number if number < lead else lead + (number - lead) % circle
            place = Place(**json.loads(json.dumps(asdict(place.followed(f"token-{token}")))))

    with pytest.raises(TransientError, match="repeats"):
        follow_all()


@given(st.integers(1, 300))
def test__tokens_are_all_new__followed_to_the_end(pages: int) -> None:
    place = Place(start=1)
    for number in range(pages):
        place = place.followed(f"token-{number}")
    assert (place.start, place.token, place.pages) == (1, f"token-{pages - 1}", pages)


@pytest.mark.parametrize(
    ("text", "written"),
    [("OPS", '"OPS"'), ('a"b', r'"a\"b"'), ("a\\", r'"a\\"'), ('\\"', r'"\\\""')],
)
def test__quoted__nothing_ends_the_string_early(text: str, written: str) -> None:
    assert quoted(text) == written

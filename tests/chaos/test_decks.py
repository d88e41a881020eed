"""Chance is repeatable, and leaves nothing out."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.decks import Deck

CARDS = {"throttled": 2, "lost reply": 1}


@given(seed=st.integers(0, 2**31), times=st.integers(1, 5))
def test__deck__gives_every_card_as_often_as_it_has_it(seed: int, times: int) -> None:
    deck = Deck(seed, "dynamodb", CARDS, blanks=4)

    drawn = Counter(deck.draw() for _ in range(7 * times))

    assert drawn == {"throttled": 2 * times, "lost reply": times, "": 4 * times}


def test__same_seed_and_name__same_cards() -> None:
    def drawn(seed: int, name: str) -> list[str]:
        deck = Deck(seed, name, CARDS, blanks=9)
        return [deck.draw() for _ in range(48)]

    assert drawn(1, "a") == drawn(1, "a")
    assert drawn(1, "a") != drawn(2, "a")
    assert drawn(1, "a") != drawn(1, "b")
